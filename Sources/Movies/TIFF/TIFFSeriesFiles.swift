import Foundation
import Imaging

/// The files of a series, opened, and where in them each plane lies.
struct TIFFSeriesFiles {
    /// A page of one of the files.
    struct Place {
        let file: Int
        let page: Int
    }

    private(set) var readers: [TIFFDirectoryReader]
    /// In the order of the series; a plane that no file holds ends it.
    private(set) var planes: [Place]
    private(set) var remarks: [String] = []

    /// Files that are opened for one series, at most.
    private static let mostFiles = 256

    /// Opens the file at `path` and, if it says that its series goes on in others, these too.
    ///
    /// - Throws: ``TIFFError`` if a file is damaged, or the beginning of the series is in one that is not there.
    init(path: String) throws(TIFFError) {
        let own = try TIFFDirectoryReader(path: path)
        readers = [own]
        planes = (0..<own.pageCount).map { Place(file: 0, page: $0) }
        let ownName = URL(filePath: path).lastPathComponent
        let parts = own.metadata.parts
        let names = parts.compactMap(\.file).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        if names.count > 1, !names.contains(ownName) {
            remarks.append(
                "the series is said to be in \(names[0]) and other files, of which this is none: its pages are taken as they come"
            )
        } else if names.count > 1 {
            try join(parts, ownName: ownName, path: path)
        } else if parts.contains(where: { $0.firstPlane != $0.firstPage || $0.firstPage > 0 }) {
            placePages(of: parts)
        }
        if let promised = own.metadata.promisedPlaneCount, promised > planes.count {
            let planeWord = own.metadata.order.channelCount > 1 ? "planes" : "frames"
            remarks.append("only \(planes.count) of \(promised) \(planeWord) that the file promises are there")
        }
    }

    /// Brings the pages of one file into the order that it states.
    private mutating func placePages(of parts: [OMEDescription.Part]) {
        var places: [Int: Place] = [:]
        for part in parts {
            place(part, ofFile: 0, in: &places)
        }
        let ordered = Self.consecutive(places)
        if !ordered.isEmpty { planes = ordered }
    }

    /// Notes where the planes of a part lie, as far as the file has its pages.
    private func place(_ part: OMEDescription.Part, ofFile number: Int, in places: inout [Int: Place]) {
        let reader = readers[number]
        for page in part.firstPage..<max(part.firstPage, min(reader.pageCount, end(of: part, in: reader))) {
            let (plane, overflows) = part.firstPlane.addingReportingOverflow(page - part.firstPage)
            guard !overflows else { return }
            places[plane] = Place(file: number, page: page)
        }
    }

    private func end(of part: OMEDescription.Part, in reader: TIFFDirectoryReader) -> Int {
        guard let count = part.pageCount else { return reader.pageCount }
        let (end, overflows) = part.firstPage.addingReportingOverflow(count)
        return overflows ? .max : end
    }

    /// Opens the other files and joins all planes.
    private mutating func join(_ parts: [OMEDescription.Part], ownName: String, path: String) throws(TIFFError) {
        let folder = URL(filePath: path).deletingLastPathComponent()
        var numbers = [ownName: 0]
        var failures: [String: String] = [:]
        var places: [Int: Place] = [:]
        var missingPlane: (plane: Int, file: String)?
        for part in parts {
            let name = part.file ?? ownName
            if numbers[name] == nil, failures[name] == nil {
                let other = folder.appending(path: URL(filePath: name).lastPathComponent).path
                do throws(TIFFError) {
                    try open(other, like: path)
                    numbers[name] = readers.count - 1
                } catch {
                    failures[name] = FileManager.default.fileExists(atPath: other) ? "\(error)" : "it is not there"
                }
            }
            guard let number = numbers[name] else {
                if part.firstPlane < missingPlane?.plane ?? .max { missingPlane = (part.firstPlane, name) }
                continue
            }
            place(part, ofFile: number, in: &places)
        }
        planes = Self.consecutive(places)
        if let missing = missingPlane {
            let first = places.filter { $0.value.file == 0 }.keys.min() ?? 0
            let reason = failures[missing.file] ?? ""
            guard first < missing.plane, !planes.isEmpty else {
                throw .partMissing(path: path, part: missing.file, firstFrame: first, reason: reason)
            }
            remarks.append("the series goes on in \(missing.file), but \(reason)")
        }
        if readers.count > 1 {
            let names = readers.dropFirst().map { URL(filePath: $0.path).lastPathComponent }
            remarks.append(
                "one series with \(names.joined(separator: ", ")): \(planes.count) planes are joined in order"
            )
        }
    }

    private mutating func open(_ other: String, like path: String) throws(TIFFError) {
        guard readers.count < Self.mostFiles else {
            throw .cannotOpen(path: other, reason: "a series may have \(Self.mostFiles) files")
        }
        let reader = try TIFFDirectoryReader(path: other)
        guard reader.size == readers[0].size, reader.pixelType == readers[0].pixelType else {
            throw .pagesDiffer(
                path: path,
                page: 0,
                expected: "\(readers[0].size) of \(readers[0].pixelType.rawValue)",
                found: "\(reader.size) of \(reader.pixelType.rawValue) in \(other)"
            )
        }
        readers.append(reader)
    }

    /// The planes from 0 on, up to the first that is missing.
    private static func consecutive(_ places: [Int: Place]) -> [Place] {
        var planes: [Place] = []
        while let place = places[planes.count] { planes.append(place) }
        return planes
    }
}
