import Detection
import Foundation
import Imaging
package import Wire

/// The events of a series as a table (CSV, RFC 4180): a header with units, one event a line, empty where null.
package struct EventTable: Sendable {
    package var events: [EventMessage]
    package var style: EventTableStyle
    /// What a reviewer made of every event, for a last column; nil for none.
    package var reviewed: [String]?

    package init(
        events: [EventMessage] = [],
        style: EventTableStyle = .sparkwatch,
        reviewed: [String]? = nil
    ) {
        precondition(reviewed.map { $0.count == events.count } ?? true, "a word for every event")
        self.events = events
        self.style = style
        self.reviewed = reviewed
    }

    struct Column: Sendable {
        let name: String
        let value: @Sendable (EventMessage) -> String?
    }

    static let sparkwatchColumns: [Column] = {
        var columns: [Column] = [
            Column(name: "series_id") { $0.seriesID },
            Column(name: "event_id") { $0.eventID },
            Column(name: "event_type") { $0.eventType },
            Column(name: "start_frame") { "\($0.startFrame)" },
            Column(name: "peak_frame") { "\($0.peakFrame)" },
            Column(name: "end_frame") { "\($0.endFrame)" },
            Column(name: "start_ms") { number($0.startMilliseconds) },
            Column(name: "peak_ms") { number($0.peakMilliseconds) },
            Column(name: "end_ms") { number($0.endMilliseconds) },
            Column(name: "duration_ms") { number($0.durationMilliseconds) },
            Column(name: "centroid_y_px") { number($0.centroidPixels.first) },
            Column(name: "centroid_x_px") { number($0.centroidPixels.last) },
            Column(name: "centroid_y_um") { number($0.centroidMicrometres.first) },
            Column(name: "centroid_x_um") { number($0.centroidMicrometres.last) },
        ]
        for (index, name) in ["y0", "x0", "y1", "x1"].enumerated() {
            columns.append(
                Column(name: "bbox_\(name)_px") { event in
                    event.boundingBox.indices.contains(index) ? "\(event.boundingBox[index])" : nil
                }
            )
        }
        columns += [
            Column(name: "area_px") { "\($0.areaPixels)" },
            Column(name: "area_um2") { number($0.areaSquareMicrometres) },
            Column(name: "voxels") { "\($0.voxelCount)" },
        ]
        columns += EventParameter.allCases.map { parameter in
            Column(name: parameter.rawValue) { number($0.parameters[parameter.rawValue] ?? nil) }
        }
        columns += [
            Column(name: "confidence") { number($0.confidence) },
            Column(name: "flags") { $0.flags.map(\.rawValue).joined(separator: " ") },
            Column(name: "missing_frames") { "\($0.missingFrameCount)" },
            Column(name: "assumed") { ($0.assumed ?? []).joined(separator: " ") },
            Column(name: "stream") { $0.stream },
            Column(name: "model_sha256") { $0.modelSHA256 },
            Column(name: "config_sha256") { $0.configurationSHA256 },
        ]
        return columns
    }()

    /// The whole table, header included, in UTF-8.
    package var csv: String {
        let columns = style == .sparkmaster2 ? Self.sparkmaster2Columns : Self.sparkwatchColumns
        var lines = [(columns.map(\.name) + (reviewed == nil ? [] : ["reviewed"])).map(Self.quoted)]
        for (index, event) in events.enumerated() {
            let word = reviewed.map { [$0[index]] } ?? []
            lines.append((columns.map { $0.value(event) ?? "" } + word).map(Self.quoted))
        }
        return lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
    }

    /// Writes the table so that a reader finds the whole file or none, also after a crash.
    ///
    /// - Throws: ``JournalError`` if the disk does not take it; an older table of that name is then untouched.
    package func write(toPath path: String) throws(JournalError) {
        let temporaryPath = path + ".partial"
        do {
            try Self.writeDurably(Data(csv.utf8), toPath: temporaryPath)
        } catch {
            unlink(temporaryPath)
            throw error
        }
        guard rename(temporaryPath, path) == 0 else {
            let code = errno
            unlink(temporaryPath)
            throw .systemCall(doing: "renaming \(temporaryPath)", path: path, code: code)
        }
    }

    private static func writeDurably(_ bytes: Data, toPath path: String) throws(JournalError) {
        let file = try JournalFile(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC)
        try file.write(bytes)
        try file.flush()
    }

    /// A field of RFC 4180: in double quotes, these doubled, if it holds a comma, a quote or a line break.
    private static func quoted(_ field: String) -> String {
        // Scalars: "\r\n" is one character that equals neither of its parts.
        let needsQuotes = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }

    static func number(_ value: Double?) -> String? {
        guard let value, value.isFinite else { return nil }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(saturating: value))" : "\(value)"
    }
}
