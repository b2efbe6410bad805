package import Foundation
import Imaging
import Movies

/// The content of `NN_events.json`.
package struct SyntheticRecordingSummary: Sendable, Codable, Equatable {
    package var version = 1
    package var seed: UInt64
    /// SNR90 measured on the counts; absent without events.
    package var signalToNoise90: Double?
    package var cellCoverage: Double
    package var style: RecordingStyle
    /// Absent if the view stood still.
    package var movement: MovementTruth?
    package var events: [SyntheticEvent]

    /// Reads an `NN_events.json`.
    ///
    /// - Throws: ``UnreadableSummary``.
    package static func read(from path: String) throws -> SyntheticRecordingSummary {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw UnreadableSummary(path: path)
        }
    }
}

/// A file that should be an `NN_events.json` and is none.
package struct UnreadableSummary: Error, Equatable, CustomStringConvertible {
    package let path: String

    package var description: String {
        "\(path) is missing or no NN_events.json of a synthetic recording; give one that sparksim synth wrote."
    }
}

extension SyntheticRecording {
    /// Ground truth and parameters, as written to `NN_events.json`.
    package var summary: SyntheticRecordingSummary {
        SyntheticRecordingSummary(
            seed: seed,
            signalToNoise90: signalToNoise,
            cellCoverage: cellCoverage,
            style: style,
            movement: movement,
            events: events
        )
    }

    /// Writes `NN_video.tif`, `NN_class_label.tif`, `NN_event_label.tif` and `NN_events.json`, and of every further
    /// annotator `NN_class_label_2.tif` and so on.
    ///
    /// - Throws: ``TIFFError``, or what Foundation says about the JSON file.
    package func write(to folder: URL, number: Int) throws {
        let digits = String(number)
        let prefix = digits.count < 2 ? "0" + digits : digits
        func path(_ suffix: String) -> String { folder.appending(path: "\(prefix)_\(suffix)").path }
        try writeMovie(counts, to: path("video.tif"), pixelType: .uint16, compression: .none) { writer, frame in
            try writer.append(frame)
        }
        try writeMovie(labels.classes, to: path("class_label.tif"), pixelType: .uint8, compression: .deflate) {
            writer,
            frame in
            try writer.append(frame)
        }
        try writeMovie(labels.events, to: path("event_label.tif"), pixelType: .uint16, compression: .deflate) {
            writer,
            frame in
            try writer.append(frame)
        }
        for (index, classes) in otherClasses.enumerated() {
            try writeMovie(classes, to: path("class_label_\(index + 2).tif"), pixelType: .uint8, compression: .deflate)
            {
                writer,
                frame in
                try writer.append(frame)
            }
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(summary).write(to: URL(fileURLWithPath: path("events.json")))
    }

    private func writeMovie<Pixel>(
        _ pixels: [Pixel],
        to path: String,
        pixelType: PixelType,
        compression: TIFFMovieWriter.Compression,
        append: (inout TIFFMovieWriter, [Pixel]) throws -> Void
    ) throws {
        let options = TIFFMovieWriter.Options(
            compression: compression,
            calibration: style.calibration,
            expectedFrameCount: style.frameCount
        )
        var writer = try TIFFMovieWriter(path: path, size: style.size, pixelType: pixelType, options: options)
        let frameLength = style.size.pixelCount
        for frame in 0..<style.frameCount {
            try append(&writer, Array(pixels[frame * frameLength..<(frame + 1) * frameLength]))
        }
        try writer.finish()
    }
}
