import Corrections
import Foundation
import Imaging
import Journal
import Movies
import Session
import Wire

/// What was made of events at the page of the live run that a movie is the recording of.
struct RigCorrections {
    /// Lines for the review, each for the event of the movie that is the one of the live run.
    private(set) var lines: [ReviewLine] = []
    /// Corrections of events that the movie does not have.
    private(set) var lost = 0

    private struct Decision {
        let correction: CorrectionMessage
        let event: EventMessage
        let nanoseconds: Int64
    }

    /// - Parameters:
    ///   - movie: The recording.
    ///   - found: Its events, as they were found.
    ///   - folders: Where the journals of the run may be.
    init(_ movie: borrowing TIFFMovie, found: [ReviewedEvent], folders: [URL]) {
        guard let seriesID = movie.recordedSeries?.seriesID else { return }
        let decisions = Self.decisions(on: seriesID, in: folders)
        guard !decisions.isEmpty else { return }
        let frames = (0..<movie.frameCount).map { movie.recordedFrame($0)?.frame ?? $0 }
        let boxes = found.compactMap { event in Self.box(of: event.mask, frames).map { (event, $0) } }
        var taken: Set<Int> = []
        for decision in decisions {
            guard let line = Self.line(decision, boxes, &taken) else {
                lost += 1
                continue
            }
            lines.append(line)
        }
    }

    /// The last word on every event that is not what it was found as.
    private static func decisions(on seriesID: String, in folders: [URL]) -> [Decision] {
        var last: [String: (message: CorrectionMessage, nanoseconds: Int64)] = [:]
        var events: [String: EventMessage] = [:]
        for path in folders.flatMap(journals) {
            guard let journal = try? JournalReader(path: path) else { continue }
            for entry in journal.entries {
                switch entry.content {
                case .correction(let message) where message.seriesID == seriesID:
                    last[message.eventID] = (message, entry.stamp.publishedNanoseconds)
                case .event(let event) where event.state == .final && event.seriesID == seriesID:
                    events[event.eventID] = event
                default: break
                }
            }
        }
        return last.values.filter { $0.message.action != .restore }.compactMap { message, nanoseconds in
            events[message.eventID].map { Decision(correction: message, event: $0, nanoseconds: nanoseconds) }
        }.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    private static func journals(in folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix(RunFiles.namePrefix) && $0.hasSuffix(".jsonl") }.sorted()
            .map { folder.appending(path: $0).path }
    }

    /// The box of an event, in acquisition indices of the movie's frames; nil for one without voxels.
    private static func box(of mask: VoxelRuns, _ frames: [Int]) -> EventBox? {
        guard let first = mask.runs.first, let last = mask.runs.last, frames.indices.contains(Int(last.frame)) else {
            return nil
        }
        let rows = mask.runs.map { Int($0.y) }, starts = mask.runs.map { Int($0.start) }
        let ends = mask.runs.map { Int($0.end) }
        let firstFrame = frames[Int(first.frame)], endFrame = frames[Int(last.frame)] + 1
        guard let top = rows.min(), let bottom = rows.max(), let left = starts.min(), let right = ends.max(),
            firstFrame < endFrame
        else { return nil }
        return EventBox(frames: firstFrame..<endFrame, rows: top..<bottom + 1, columns: left..<right)
    }

    private static func line(
        _ decision: Decision,
        _ boxes: [(event: ReviewedEvent, box: EventBox)],
        _ taken: inout Set<Int>
    ) -> ReviewLine? {
        guard let own = EventBox(decision.event), let reviewer = name(decision.correction.reviewer) else { return nil }
        let candidates = boxes.filter { event, _ in
            event.eventClass.rawValue == decision.correction.foundType && !taken.contains(event.number)
        }
        let overlaps = candidates.map { (number: $0.event.number, overlap: own.overlap(with: $0.box)) }
        guard let best = overlaps.max(by: { $0.overlap < $1.overlap }), best.overlap >= EventBox.leastOverlap else {
            return nil
        }
        let correction: Correction
        if let type = decision.correction.eventType {
            guard let eventClass = ReviewedClass(rawValue: type) else { return nil }
            correction = .retype([best.number], eventClass)
        } else {
            correction = .delete([best.number])
        }
        taken.insert(best.number)
        let date = Date(timeIntervalSince1970: Double(decision.nanoseconds) / 1e9)
        return ReviewLine(
            reviewer: reviewer,
            time: date.formatted(.iso8601),
            correction: correction,
            liveEvent: decision.correction.eventID
        )
    }

    /// A name as reviews have it; nil for one that cannot be.
    private static func name(_ text: String) -> String? {
        (1...ReviewLine.nameLimit).contains(text.count) ? text : nil
    }
}
