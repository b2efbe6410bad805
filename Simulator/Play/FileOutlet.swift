import Foundation
import Imaging
import Movies
import Wire

/// How a growing file is written.
enum MovieFileFormat: String, CaseIterable {
    /// As ImageJ: one directory, the frames behind it, the number of frames kept up to date.
    case imageJ = "imagej"
    /// Pages without a description, BigTIFF.
    case bigTIFF = "bigtiff"
    /// OME-TIFF, a page for each frame.
    case ome
    /// As `sparkwatch live --record`: with the name, number and times of every frame.
    case recording
}

/// Writes each series into a file of its own, frame by frame, as acquisition software does.
///
/// No file is written over: the second is NAME-2.tif.
final class FileOutlet: FrameOutlet {
    private let path: String
    private let format: MovieFileFormat
    private var store: (any MovieStore)?
    private var series: PlaybackSeries?
    private var announcement: SeriesStartHeader?

    init(path: String, format: MovieFileFormat) {
        self.path = path
        self.format = format
    }

    var place: String { path }

    func waitForReader(seconds: Double, isCancelled: () -> Bool) -> Bool { true }

    func start(_ series: PlaybackSeries, _ header: SeriesStartHeader) {
        store = nil
        self.series = series
        announcement = header
    }

    func send(_ frame: OutgoingFrame) throws -> Bool {
        if store == nil, let series { store = try open(series, first: frame) }
        try store?.append(frame)
        return true
    }

    func end(_ header: SeriesEndHeader) throws {
        try store?.finish(SeriesEnd(header))
        store = nil
    }

    func replace() throws {
        try store?.finish(SeriesEnd(seriesID: announcement?.series.seriesID, reason: .replaced))
        store = nil
    }

    private func open(_ series: PlaybackSeries, first: OutgoingFrame) throws -> any MovieStore {
        let url = URL(filePath: path)
        try OutputFolder.make(url.deletingLastPathComponent(), option: "--to-file")
        let free = FreeName.file(url)
        if free != url { Terminal.writeLine("\(url.lastPathComponent) is there already: writing \(free.path)") }
        let header = first.header
        if format == .recording {
            return try RecordingStore(path: free.path, announcement: announcement, first: header)
        }
        var options = TIFFMovieWriter.Options(expectedFrameCount: series.frameCount)
        options.dialect = format == .imageJ ? .imageJ : format == .ome ? .ome : .plain
        if format == .bigTIFF { options.usesBigTIFF = true }
        options.calibration = header.series.calibration
        return PlainStore(
            try TIFFMovieWriter(path: free.path, size: header.size, pixelType: header.pixelType, options: options)
        )
    }
}

/// A file that takes frames.
private protocol MovieStore: AnyObject {
    func append(_ frame: OutgoingFrame) throws
    func finish(_ end: SeriesEnd) throws
}

/// A movie of pages.
private final class PlainStore: MovieStore {
    private var writer: TIFFMovieWriter?

    init(_ writer: consuming TIFFMovieWriter) { self.writer = consume writer }

    func append(_ frame: OutgoingFrame) throws {
        try frame.pixels.withUnsafeBytes { try writer?.append($0) }
    }

    func finish(_ end: SeriesEnd) throws { try writer.take()?.finish() }
}

/// A recording as the detector keeps it.
private final class RecordingStore: MovieStore {
    private let writer: RecordingWriter

    init(path: String, announcement: SeriesStartHeader?, first: FrameHeader) throws {
        let series = first.series
        var description = SeriesDescription(
            seriesID: series.seriesID,
            source: series.source,
            size: first.size,
            frameIntervalMilliseconds: series.frameIntervalMilliseconds,
            pixelHeightMicrometres: series.pixelHeightMicrometres,
            pixelWidthMicrometres: series.pixelWidthMicrometres,
            bitDepth: first.bitDepth,
            channel: series.channel,
            announcedFrameCount: series.announcedFrameCount,
            messageNumber: announcement?.messageNumber
        )
        description.bitsPerPixel = 8 * first.format.type.byteCount
        writer = try RecordingWriter(
            path: path,
            series: RecordedSeries(description),
            size: first.size,
            pixelType: first.pixelType,
            firstFrame: RecordedFrame(FrameStamp(first))
        )
    }

    func append(_ frame: OutgoingFrame) throws {
        let stamp = RecordedFrame(FrameStamp(frame.header))
        try frame.pixels.withUnsafeBytes { try writer.append($0, stamp: stamp) }
    }

    func finish(_ end: SeriesEnd) throws { try writer.finish(end) }
}

/// Names that no file has.
enum FreeName {
    /// The file itself, or the first of NAME-2, NAME-3 and so on that is not there.
    static func file(_ url: URL) -> URL {
        let name = url.lastPathComponent
        let ending = [".ome.tif", ".ome.tiff"].first { name.lowercased().hasSuffix($0) } ?? ".\(url.pathExtension)"
        for number in 1... {
            let numbered = number == 1 ? name : "\(name.dropLast(ending.count))-\(number)\(name.suffix(ending.count))"
            let candidate = url.deletingLastPathComponent().appending(path: numbered)
            if !FileManager.default.fileExists(atPath: candidate.path) { return candidate }
        }
        return url
    }
}

extension FrameHeader {
    /// How the pixels are stored in a file.
    var pixelType: PixelType {
        switch format.type {
        case .uint8: .uint8
        case .uint16: .uint16
        case .float32: .float32
        }
    }
}

extension SeriesDetails {
    /// What is known of both; nil if anything is not.
    var calibration: Calibration? {
        guard let pixelWidthMicrometres, let frameIntervalMilliseconds else { return nil }
        return Calibration(
            pixelSizeMicrometres: pixelWidthMicrometres,
            frameIntervalMilliseconds: frameIntervalMilliseconds
        )
    }
}

extension FrameStamp {
    /// What a microscope says of a frame that is written as it is taken.
    init(_ header: FrameHeader) {
        self.init(
            index: header.frameIndex ?? 0,
            messageNumber: header.messageNumber,
            acquisitionNanoseconds: header.acquisitionNanoseconds,
            sendNanoseconds: header.sendNanoseconds,
            receiveNanoseconds: header.sendNanoseconds ?? header.acquisitionNanoseconds ?? 1
        )
    }
}

extension SeriesEnd {
    init(_ header: SeriesEndHeader) {
        self.init(
            seriesID: header.seriesID,
            reason: .announced,
            sentFrameCount: header.sentFrameCount,
            messageNumber: header.messageNumber
        )
    }
}
