import Foundation
import Imaging

/// Follows a file that grows, with those that go on after it, or a folder that fills with frames.
///
/// Ask for items until there is none, then wait. Nothing need be there yet. Use it on one thread only.
///
///     while true {
///         while let item = follower.next(at: .now) { ... }
///         follower.wait(upTo: .milliseconds(50))
///     }
package final class FrameFollower {
    /// What is followed.
    private enum Target {
        case file(RotatedNames)
        case folder
    }

    private enum State {
        case choosing
        case stack(StackReader)
        case frames(FrameCollector)
    }

    package let path: String
    private let folder: String
    private let target: Target
    private let settings: FollowSettings
    private let room = FrameRoom()
    private var watch: FolderWatch?
    private var state = State.choosing
    /// Files that were found and have no place yet, in the order in which they are to be taken.
    private var waiting: [FrameCollector.Arrival] = []
    private var closed: Set<String> = []
    /// Files that somebody was heard to write to and not to close.
    private var open: Set<String> = []
    private var past: StackReader.Past?
    private var lastStackName: String?
    /// The file that is looked at to see what kind it is.
    private var candidate: (name: String, movie: GrowingMovie, since: ContinuousClock.Instant)?
    private var items: [FollowedItem] = []
    /// Files that have found a place, or wait for one.
    private var taken: Set<String> = []
    /// Files that were there before and are left out until something comes of them.
    private var left: Set<String> = []

    /// Files found at the start count as new if they were written to within so many seconds.
    private static let recentSeconds = 5.0
    /// The same on network drives, whose clocks and news lag.
    private static let recentSecondsOnNetwork = 60.0
    private static let mostWaiting = 1_000_000

    /// - Parameters:
    ///   - path: A TIFF file, or a folder; what is not there and does not end as a TIFF file does is taken for a folder.
    ///   - settings: How it is followed.
    package init(path: String, settings: FollowSettings = FollowSettings()) {
        self.path = path
        self.settings = settings
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let url = URL(filePath: path)
        if exists ? isFolder.boolValue : !FolderWatch.isMovieName(url.lastPathComponent) {
            (folder, target) = (path, .folder)
        } else {
            (folder, target) = (url.deletingLastPathComponent().path, .file(RotatedNames(url.lastPathComponent)))
        }
    }

    /// The pixels of the frame that came last, `[y][x]`, as they are stored in the byte order of this machine.
    package var pixels: UnsafeRawBufferPointer { room.bytes }

    /// Frames that are there and have not been taken.
    package var waitingFrameCount: Int {
        switch state {
        case .choosing: candidate?.movie.frameCount ?? 0
        case .stack(let stack): stack.waitingFrameCount
        case .frames(let frames): frames.waitingFrameCount
        }
    }

    /// How news comes, in words.
    package var means: String {
        guard let watch else { return "\(folder) is not there yet" }
        return watch.hearsFromKernel ? "the system tells what changes" : "looked at ten times a second"
    }

    /// Returns when something may have come, or the time is up.
    package func wait(upTo timeout: Duration) {
        guard let watch else {
            usleep(UInt32(clamping: Int64(min(timeout, .milliseconds(100)) / .microseconds(1))))
            return
        }
        watch.wait(upTo: timeout)
    }

    /// Takes note of what has come without taking it: the times of frames that wait are those of their coming.
    package func observe(at now: ContinuousClock.Instant) {
        takeNews(at: now)
        if case .stack(let stack) = state { stack.observe(at: now) }
    }

    /// The next thing that is there; nil if nothing is.
    package func next(at now: ContinuousClock.Instant) -> FollowedItem? {
        takeNews(at: now)
        for _ in 0..<1000 {
            if !items.isEmpty { return items.removeFirst() }
            switch state {
            case .choosing:
                guard choose(at: now) else { return items.isEmpty ? nil : items.removeFirst() }
            case .stack(let stack):
                switch stack.next(surroundings(of: stack), at: now) {
                case .item(let item): return item
                case .nothing: return nil
                case .finished(let isReplaced): leave(stack, isReplaced: isReplaced)
                }
            case .frames(let frames):
                switch frames.next(isClosed: { closed.contains($0) }, at: now) {
                case .item(let item): return item
                case .nothing: return nil
                case .finished:
                    waiting = frames.others
                    items.append(.end(nil))
                    state = .choosing
                }
            }
        }
        return nil
    }

    // MARK: - News

    private func takeNews(at now: ContinuousClock.Instant) {
        let isFirst = watch == nil
        if watch == nil {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
                return
            }
            watch = FolderWatch(folder: folder, means: settings.means, at: now)
        }
        guard let watch else { return }
        let changes = watch.changes(at: now)
        closed.formUnion(changes.closed)
        open.subtract(changes.closed)
        // What is written to again is open again.
        if watch.hearsFromKernel, !isFirst {
            for name in changes.names where !changes.closed.contains(name) {
                closed.remove(name)
                open.insert(name)
            }
        }
        let names = isFirst ? sorted(changes.names) : changes.names
        for name in names { take(name, foundAt: isFirst ? nil : now, at: now) }
        if isFirst, !left.isEmpty {
            items.append(
                .note(
                    "\(left.count) files that lay in \(folder) before are left out unless somebody writes to them; "
                        + "take them with --follow-existing"
                )
            )
        }
    }

    /// Files that are there at the start, the oldest first.
    private func sorted(_ names: [String]) -> [String] {
        let times = names.map { name in
            var status = stat()
            guard stat(URL(filePath: folder).appending(path: name).path, &status) == 0 else { return 0.0 }
            return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
        }
        if !settings.takesExisting, case .folder = target {
            let recent = watch?.hearsFromKernel == false ? Self.recentSecondsOnNetwork : Self.recentSeconds
            let limit = Date().timeIntervalSince1970 - recent
            for (name, time) in zip(names, times) where time < limit { left.insert(name) }
        }
        return zip(names, times).sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    private func take(_ name: String, foundAt: ContinuousClock.Instant?, at now: ContinuousClock.Instant) {
        if left.contains(name) {
            guard foundAt != nil else { return }
            left.remove(name)
        } else if case .frames(let frames) = state, frames.isRewritten(name) {
            items.append(.end(nil))
            frames.restart()
            taken = Set(frames.others.map(\.name))
            _ = isNew(name)
        } else if !isNew(name) {
            return
        }
        let arrival = FrameCollector.Arrival(name: name, foundAt: foundAt)
        if case .frames(let frames) = state { return frames.take(arrival, at: now) }
        guard waiting.count < Self.mostWaiting else { return }
        waiting.append(arrival)
        if case .file(let names) = target {
            waiting.sort { (names.place(of: $0.name) ?? 0) < (names.place(of: $1.name) ?? 0) }
        }
    }

    /// Whether a file is to be taken and has not been yet.
    private func isNew(_ name: String) -> Bool {
        if case .file(let names) = target, names.place(of: name) == nil { return false }
        return taken.insert(name).inserted
    }

    // MARK: - Choosing

    private func path(of name: String) -> String { URL(filePath: folder).appending(path: name).path }

    /// Decides what the next file is.
    ///
    /// - Returns: True if the state has changed.
    private func choose(at now: ContinuousClock.Instant) -> Bool {
        guard let next = waiting.first else { return false }
        do throws(TIFFError) {
            if candidate?.name != next.name {
                let movie = try GrowingMovie(path: path(of: next.name), channel: settings.channel, at: now)
                candidate = (next.name, movie, now)
            }
            guard let (_, movie, since) = candidate else { return false }
            let look = try movie.look(at: now)
            if look == .replaced {
                candidate = nil
                return false
            }
            if case .file = target { return startStack(movie, at: now) }
            guard let numbered = NumberedName(next.name) else { return startStack(movie, at: now) }
            let alike = waiting.filter { NumberedName($0.name)?.texts == numbered.texts }
            if movie.frameCount > 1 || (movie.frameCount == 1 && movie.recordedSeries != nil) {
                return startStack(movie, at: now)
            }
            if alike.count == 1 {
                // The only frame of a file may be the first of more.
                let quiet = now - max(since, movie.lastGrowth)
                let isClosed = next.foundAt == nil || closed.contains(next.name)
                let pause = isClosed ? FollowSettings.decisionPause : settings.endAfter
                guard movie.frameCount == 1, quiet >= pause else { return false }
            }
            waiting.removeAll { arrival in alike.contains { $0.name == arrival.name } }
            candidate = nil
            let frames = FrameCollector(alike, folder: folder, settings: settings, room: room, at: now)
            for other in waiting { frames.take(other, at: now) }
            waiting = []
            state = .frames(frames)
            return true
        } catch {
            waiting.removeFirst()
            candidate = nil
            items.append(.refused(FollowedRefusal(reason: .damaged, text: "\(error)", frame: nil)))
            return true
        }
    }

    private func startStack(_ movie: GrowingMovie, at now: ContinuousClock.Instant) -> Bool {
        let name = waiting.removeFirst().name
        candidate = nil
        let goesOn = lastStackName.map { Self.isMicroManagerPart(name, of: $0) } ?? false
        state = .stack(
            StackReader(movie, settings: settings, room: room, past: past, goesOnByName: goesOn, at: now)
        )
        return true
    }

    /// Micro-Manager goes on in `NAME_1.ome.tif`, `NAME_2.ome.tif`, and says so nowhere else.
    package static func isMicroManagerPart(_ name: String, of last: String) -> Bool {
        guard name.contains("_MMStack"), last.contains("_MMStack"), let place = RotatedNames(last).place(of: name)
        else {
            return false
        }
        return place == 1
    }

    private func surroundings(of stack: StackReader) -> StackReader.Surroundings {
        StackReader.Surroundings(
            openness: closed.contains(stack.name) ? .closed : open.contains(stack.name) ? .open : .unknown,
            successorFoundAt: waiting.first.map { $0.foundAt ?? .now - .seconds(3600) }
        )
    }

    private func leave(_ stack: StackReader, isReplaced: Bool) {
        past = stack.present ?? past
        lastStackName = stack.name
        state = .choosing
        if isReplaced { waiting.insert(FrameCollector.Arrival(name: stack.name, foundAt: .now), at: 0) }
    }
}
