import Dispatch
import Foundation
package import Imaging
import Journal
import Movies
import Session
import Synchronization
import Wire

/// What a clip writer has done so far.
package struct ClipStatistics: Sendable, Equatable {
    package var written = 0
    /// Clips that the disk did not take, or that found too many others waiting.
    package var lost = 0
    /// Written clips of waves that were longer than the memory for clips: their beginning is missing.
    package var shortened = 0
    /// Why the last clip could not be written; nil if it was.
    package var failure: String?

    package init() {}
}

/// Writes clips on a thread of its own: video, classes and event numbers as ImageJ movies, and the event as JSON.
///
/// Names are those of annotated recordings: `NAME_video.tif`, `NAME_class_label.tif`, `NAME_event_label.tif` and
/// `NAME_event.json`. Safe to use from any thread.
package final class ClipWriter: Sendable {
    // Each may take tens of MB.
    private let queue = BoundedQueue<EventClip>(capacity: 4)
    private let shared = Shared()

    private final class Shared: Sendable {
        let statistics = Mutex(ClipStatistics())
        let running = DispatchGroup()
    }

    /// - Parameter path: Where the clips go; made if missing.
    /// - Throws: ``OutputFolderError`` if the folder cannot be made.
    package init(folder path: String) throws(OutputFolderError) {
        let folder = URL(filePath: path)
        try OutputFolder.make(folder)
        let (queue, shared) = (queue, shared)
        shared.running.enter()
        let thread = Thread {
            defer { shared.running.leave() }
            while true {
                let (clips, isClosed) = queue.drain(waitingUntil: .now() + .seconds(1))
                for clip in clips {
                    let outcome = Result { try Self.write(clip, to: folder) }
                    shared.statistics.withLock { $0.record(outcome, isShortened: clip.lacksBeginning) }
                }
                if isClosed { return }
            }
        }
        thread.name = "clips"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Hands over a clip and returns at once.
    func write(_ clip: EventClip) { queue.append(clip) }

    package var statistics: ClipStatistics {
        var statistics = shared.statistics.withLock { $0 }
        statistics.lost += queue.refusedCount
        return statistics
    }

    /// Returns when all clips are written.
    package func finish() {
        queue.close()
        shared.running.wait()
    }

    private static func write(_ clip: EventClip, to folder: URL) throws {
        let stem = freeStem(for: clip.event, in: folder)
        let volume = clip.volume
        // Whole or not at all: a full disk leaves no files that look like clips.
        var suffixes: [String] = []
        func path(_ suffix: String) -> String { folder.appending(path: stem + suffix).path }
        func partialPath(_ suffix: String) -> String { path(suffix) + ".partial" }
        defer { for suffix in suffixes { unlink(partialPath(suffix)) } }
        func movie(
            _ suffix: String,
            _ type: PixelType,
            append: (_ pixels: Range<Int>, _ writer: inout TIFFMovieWriter) throws -> Void
        ) throws {
            suffixes.append(suffix)
            var writer = try TIFFMovieWriter(
                path: partialPath(suffix),
                size: volume.size,
                pixelType: type,
                options: TIFFMovieWriter.Options(
                    calibration: clip.calibration,
                    expectedFrameCount: volume.frameCount
                )
            )
            for frame in 0..<volume.frameCount {
                try append(frame * volume.size.pixelCount..<(frame + 1) * volume.size.pixelCount, &writer)
            }
            try writer.finish()
        }
        try movie("_video.tif", .uint16) { try $1.append(Array(volume.counts[$0])) }
        try movie("_class_label.tif", .uint8) { try $1.append(Array(volume.classes[$0])) }
        try movie("_event_label.tif", .uint16) { try $1.append(Array(volume.numbers[$0])) }
        let description = ClipDescription(
            firstFrame: volume.firstFrame,
            frameCount: volume.frameCount,
            event: clip.event
        )
        suffixes.append("_event.json")
        try PlainJSON.encode(description).write(to: URL(filePath: partialPath("_event.json")))
        for suffix in suffixes {
            guard rename(partialPath(suffix), path(suffix)) == 0 else {
                throw JournalError.systemCall(doing: "renaming", path: partialPath(suffix), code: errno)
            }
        }
    }

    /// A name made of the event's, of which senders have a say, that is free.
    private static func freeStem(for event: EventMessage, in folder: URL) -> String {
        let name = String(event.eventID.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        let stems = ["wave-\(name)"] + (2...999).map { "wave-\(name)-\($0)" }
        return stems.first { stem in
            !FileManager.default.fileExists(atPath: folder.appending(path: stem + "_video.tif").path)
        } ?? stems[0]
    }
}

/// The JSON beside a clip.
private struct ClipDescription: Encodable {
    /// Acquisition index of the first frame.
    let firstFrame: Int
    let frameCount: Int
    let event: EventMessage

    enum CodingKeys: String, CodingKey {
        case firstFrame = "first_frame"
        case frameCount = "frames"
        case event
    }
}

extension ClipStatistics {
    fileprivate mutating func record(_ outcome: Result<Void, any Error>, isShortened: Bool) {
        switch outcome {
        case .success:
            written += 1
            if isShortened { shortened += 1 }
            failure = nil
        case .failure(let error):
            lost += 1
            failure = "\(error)"
        }
    }
}
