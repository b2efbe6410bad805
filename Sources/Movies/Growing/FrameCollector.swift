import Foundation
import Imaging

/// Takes single frames, a file each, in the order of the numbers in their names.
///
/// Used by ``FrameFollower`` alone.
final class FrameCollector {
    enum Step {
        case item(FollowedItem)
        case nothing
        /// Other files wait, and nothing more has come of these.
        case finished
    }

    /// A file and when it was found; nil if it was there before.
    struct Arrival {
        let name: String
        let foundAt: ContinuousClock.Instant?
    }

    private let folder: String
    private let settings: FollowSettings
    private let room: FrameRoom
    private let openedAt: ContinuousClock.Instant
    private let numbering: FrameNumbering
    private let texts: [String]
    private let pattern: String
    private var pending: [Int: Arrival] = [:]
    private var late: [Int] = []
    /// The file of the first frame, as it was read: where it is another, the writer began anew.
    private var firstFile: (name: String, version: FileVersion)?
    private var nextIndex: Int?
    private var isStarted = false
    private var lastNews: ContinuousClock.Instant
    private var opened: GrowingMovie?
    private var openedSince: ContinuousClock.Instant
    /// Files of other patterns, in the order in which they came.
    private(set) var others: [Arrival] = []
    private var neighbours: [String: Neighbour] = [:]
    private var asides: [String] = []

    /// A pattern beside that of the series.
    private struct Neighbour {
        /// How often a frame of the series came after one of these.
        var alternations = 0
        var hasComeLast = false
    }

    /// So many alternations mean another channel or position, not another series.
    private static let mostAlternations = 3
    /// Files and patterns kept in mind, at most.
    private static let mostWaiting = 1_000_000
    private static let mostNeighbours = 1000

    /// - Parameters:
    ///   - first: Files with the same texts in their names, at least one.
    ///   - folder: Where they are.
    ///   - settings: How they are followed.
    ///   - room: Takes the pixels.
    ///   - now: The present.
    init(
        _ first: [Arrival],
        folder: String,
        settings: FollowSettings,
        room: FrameRoom,
        at now: ContinuousClock.Instant
    ) {
        let names = first.compactMap { NumberedName($0.name) }
        precondition(!names.isEmpty, "the names of single frames have numbers")
        self.folder = folder
        self.settings = settings
        self.room = room
        (openedAt, openedSince, lastNews) = (now, now, now)
        numbering = FrameNumbering(names)
        texts = names[0].texts
        pattern = names[0].pattern(without: numbering.field)
        for arrival in first { take(arrival, at: now) }
    }

    /// Frames that are there and have not been taken.
    var waitingFrameCount: Int { pending.count }

    /// Takes note of a file.
    func take(_ arrival: Arrival, at now: ContinuousClock.Instant) {
        let key = key(of: arrival.name)
        guard key == pattern, let name = NumberedName(arrival.name) else { return takeOther(arrival, key: key) }
        let index = name.numbers[numbering.field]
        lastNews = now
        for (key, neighbour) in neighbours where neighbour.hasComeLast {
            neighbours[key] = Neighbour(alternations: neighbour.alternations + 1)
            if neighbour.alternations + 1 == Self.mostAlternations { setAside(key) }
        }
        if let nextIndex, index < nextIndex {
            late.append(index)
        } else if pending[index] == nil, pending.count < Self.mostWaiting {
            pending[index] = arrival
        }
    }

    /// Whether the writer has written its first file anew.
    func isRewritten(_ name: String) -> Bool {
        guard let firstFile, firstFile.name == name,
            let version = FileVersion(path: URL(filePath: folder).appending(path: name).path)
        else { return false }
        return version.isRewritten(since: firstFile.version)
    }

    /// Begins anew with the same names.
    func restart() {
        (pending, late, firstFile, nextIndex, opened) = ([:], [], nil, nil, nil)
        isStarted = false
    }

    /// What the names of all frames of a series have in common.
    private func key(of name: String) -> String {
        guard let numbered = NumberedName(name) else { return name }
        return numbered.texts == texts
            ? numbered.pattern(without: numbering.field) : numbered.texts.joined(separator: "#")
    }

    private func takeOther(_ arrival: Arrival, key: String) {
        if let neighbour = neighbours[key], neighbour.alternations >= Self.mostAlternations {
            asides.append(arrival.name)
            return
        }
        guard others.count < Self.mostWaiting, neighbours[key] != nil || neighbours.count < Self.mostNeighbours else {
            asides.append(arrival.name)
            return
        }
        neighbours[key, default: Neighbour()].hasComeLast = true
        others.append(arrival)
    }

    private func setAside(_ pattern: String) {
        asides += others.filter { key(of: $0.name) == pattern }.map(\.name)
        others.removeAll { key(of: $0.name) == pattern }
    }

    func next(isClosed: (String) -> Bool, at now: ContinuousClock.Instant) -> Step {
        if let aside = asides.popLast() { return .item(.beside(name: aside)) }
        if let index = late.popLast() { return .item(.late(frame: index)) }
        guard let index = due(at: now), let arrival = pending[index] else { return rest(at: now) }
        return read(arrival, index: index, isClosed: isClosed(arrival.name), at: now)
    }

    /// The number of the frame that is next, if it is there or not waited for any more.
    private func due(at now: ContinuousClock.Instant) -> Int? {
        if let nextIndex, pending[nextIndex] != nil { return nextIndex }
        guard let lowest = pending.keys.min(), let arrival = pending[lowest] else { return nil }
        // The first ones may come in any order, too.
        let patience = nextIndex == nil ? FollowSettings.settling : settings.lateWait
        return now - (arrival.foundAt ?? openedAt) >= patience ? lowest : nil
    }

    private func rest(at now: ContinuousClock.Instant) -> Step {
        guard pending.isEmpty else { return .nothing }
        let quiet = now - lastNews
        if !others.isEmpty, quiet >= FollowSettings.decisionPause { return .finished }
        if isStarted, quiet >= settings.endAfter {
            isStarted = false
            return .item(.end(nil))
        }
        return .nothing
    }

    // MARK: - Frames

    private func read(_ arrival: Arrival, index: Int, isClosed: Bool, at now: ContinuousClock.Instant) -> Step {
        let path = URL(filePath: folder).appending(path: arrival.name).path
        let age = now - (arrival.foundAt ?? openedAt)
        do throws(TIFFError) {
            if opened?.path != path {
                opened = try GrowingMovie(path: path, channel: settings.channel, at: now)
                openedSince = now
            }
            guard let movie = opened else { return .nothing }
            if movie.frameCount == 0 { _ = try movie.look(at: now) }
            guard let description = movie.description, movie.frameCount > 0 else {
                // Waited for as long as nobody waits behind it, and no longer than others would be.
                let isGivenUp = age >= settings.lateWait && (isClosed || pending.count > 1)
                return isGivenUp ? leaveOut(index, .unfinished, "\(path): the frame was never finished") : .nothing
            }
            guard movie.frameCount == 1 else {
                return leaveOut(
                    index,
                    .damaged,
                    "\(path): \(movie.frameCount) frames in one file, among files of single frames; follow it by its name"
                )
            }
            guard description.size.pixelCount <= settings.largestPixelCount else {
                return leaveOut(
                    index,
                    .tooLarge,
                    "\(path): a frame of \(description.size), more than \(settings.largestPixelCount) pixels; "
                        + "allow them with --largest-frame-pixels"
                )
            }
            if !isStarted {
                isStarted = true
                firstFile = FileVersion(path: path).map { (arrival.name, $0) }
                return .item(.series(series(description)))
            }
            let target = room.resized(to: description.size.pixelCount * description.pixelType.byteCount)
            try movie.read(frame: 0, into: target)
            if age < FollowSettings.settling, UnwrittenBlock.isIn(room.bytes) { return .nothing }
            moveOn(behind: index)
            return .item(.frame(FollowedFrame(index: index, recorded: nil, foundAt: arrival.foundAt)))
        } catch {
            guard age >= settings.lateWait || (isClosed && age >= FollowSettings.settling) else {
                opened = nil
                return .nothing
            }
            return leaveOut(index, .damaged, "\(error)")
        }
    }

    private func series(_ description: GrowingMovie.Description) -> FollowedSeries {
        let folderName = URL(filePath: folder).lastPathComponent
        let words = FollowedNames.stem(of: pattern).split { !$0.isLetter && !$0.isNumber }
        let name = ([folderName] + words.map(String.init)).joined(separator: "-")
        return FollowedSeries(
            seriesID: FollowedNames.seriesID(name),
            name: folderName,
            description: description,
            recorded: nil
        )
    }

    private func leaveOut(_ index: Int, _ reason: FollowedRefusal.Reason, _ text: String) -> Step {
        moveOn(behind: index)
        return .item(.refused(FollowedRefusal(reason: reason, text: text, frame: index)))
    }

    private func moveOn(behind index: Int) {
        pending[index] = nil
        opened = nil
        nextIndex = index + 1
    }
}
