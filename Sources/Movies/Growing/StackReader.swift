import Foundation
import Imaging

/// Takes the frames of one file of many pages, as they come.
///
/// Used by ``FrameFollower`` alone.
final class StackReader {
    enum Step {
        case item(FollowedItem)
        case nothing
        /// No more will come of this file; true if another one is at its path.
        case finished(isReplaced: Bool)
    }

    /// Whether somebody still writes to the file, as far as anybody can tell.
    enum Openness {
        case open
        case closed
        case unknown
    }

    /// What happens around the file.
    struct Surroundings {
        var openness: Openness
        /// When a file was found that goes on after this one; nil if there is none.
        var successorFoundAt: ContinuousClock.Instant?
    }

    /// What the series before this file was, for files that go on with it.
    struct Past {
        var seriesID: String?
        var nextIndex: Int
        var size: FrameSize
        var pixelType: PixelType
    }

    let name: String
    let movie: GrowingMovie
    private let settings: FollowSettings
    private let room: FrameRoom
    private let openedAt: ContinuousClock.Instant
    private let past: Past?
    private let goesOnByName: Bool
    private(set) var present: Past?
    private var firstIndex = 0
    private var nextFrame = 0
    private var hasEnded = false
    private var damagedSince: ContinuousClock.Instant?
    private var isRecording = false
    private var isRefused = false

    /// - Parameters:
    ///   - movie: The file.
    ///   - settings: How it is followed.
    ///   - room: Takes the pixels.
    ///   - past: The series before.
    ///   - goesOnByName: Its name says that it goes on with the series before.
    ///   - now: The present.
    init(
        _ movie: GrowingMovie,
        settings: FollowSettings,
        room: FrameRoom,
        past: Past?,
        goesOnByName: Bool,
        at now: ContinuousClock.Instant
    ) {
        self.movie = movie
        self.settings = settings
        self.room = room
        self.past = past
        self.goesOnByName = goesOnByName
        name = URL(filePath: movie.path).lastPathComponent
        openedAt = now
    }

    /// Frames that are there and have not been taken.
    var waitingFrameCount: Int { movie.frameCount - nextFrame }

    func next(_ surroundings: Surroundings, at now: ContinuousClock.Instant) -> Step {
        if nextFrame == movie.frameCount {
            do throws(TIFFError) {
                switch try movie.look(at: now) {
                case .replaced: return .finished(isReplaced: true)
                case .damaged(let reason):
                    if let end = damage(reason, at: now) { return end }
                case .grown, .unchanged: damagedSince = nil
                }
            } catch {
                return refusal(.damaged, "\(error)")
            }
        }
        guard let description = movie.description else { return unbegun(surroundings, at: now) }
        if present == nil {
            guard description.size.pixelCount <= settings.largestPixelCount else {
                return refusal(
                    .tooLarge,
                    "\(movie.path): frames of \(description.size), more than \(settings.largestPixelCount) pixels; "
                        + "allow them with --largest-frame-pixels"
                )
            }
            if let start = begin(description) { return .item(start) }
        }
        if nextFrame < movie.frameCount {
            // A file that was thought to be over has grown: what comes is a series of its own.
            if hasEnded {
                hasEnded = false
                present?.seriesID = FollowedNames.seriesID(FollowedNames.stem(of: name))
                return .item(.series(series(description, present?.seriesID)))
            }
            return take(description, at: now)
        }
        return rest(surroundings, at: now)
    }

    /// Takes note of frames that have come.
    func observe(at now: ContinuousClock.Instant) { _ = try? movie.look(at: now) }

    // MARK: - Beginning

    /// Begins a series, unless the file goes on with the one before.
    private func begin(_ description: GrowingMovie.Description) -> FollowedItem? {
        let recorded = movie.recordedSeries
        isRecording = recorded != nil
        let isAlike = past?.size == description.size && past?.pixelType == description.pixelType
        var present = Past(seriesID: nil, nextIndex: 0, size: description.size, pixelType: description.pixelType)
        if let recorded {
            present.seriesID = recorded.seriesID
            let first = movie.recordedFrame(0)?.frame ?? 0
            let goesOn =
                recorded.seriesID != nil && recorded.seriesID == past?.seriesID && first >= past?.nextIndex ?? .max
            self.present = present
            return goesOn ? nil : .series(series(description, recorded.seriesID))
        }
        if let past, isAlike, goesOnByName || description.earlierFrameCount > 0 {
            firstIndex = description.earlierFrameCount > 0 ? description.earlierFrameCount : past.nextIndex
            present.seriesID = past.seriesID
            present.nextIndex = firstIndex
            self.present = present
            return nil
        }
        firstIndex = description.earlierFrameCount
        present.seriesID = FollowedNames.seriesID(FollowedNames.stem(of: name))
        self.present = present
        return .series(series(description, present.seriesID))
    }

    private func series(_ description: GrowingMovie.Description, _ seriesID: String?) -> FollowedSeries {
        FollowedSeries(seriesID: seriesID, name: name, description: description, recorded: movie.recordedSeries)
    }

    private func unbegun(_ surroundings: Surroundings, at now: ContinuousClock.Instant) -> Step {
        guard let successor = surroundings.successorFoundAt,
            now - max(successor, openedAt) >= settings.lateWait
        else { return .nothing }
        return refusal(.unfinished, "\(movie.path): not even one frame is complete, and another file has begun")
    }

    // MARK: - Frames

    private func take(_ description: GrowingMovie.Description, at now: ContinuousClock.Instant) -> Step {
        let frame = nextFrame
        let foundAt = movie.foundAt(frame: frame)
        let isSettled = now - (foundAt ?? openedAt) >= FollowSettings.settling
        let recorded = isRecording ? movie.recordedFrame(frame) : nil
        let index = recorded?.frame ?? firstIndex + frame
        let target = room.resized(to: description.size.pixelCount * description.pixelType.byteCount)
        do throws(TIFFError) {
            try movie.read(frame: frame, into: target)
        } catch {
            guard isSettled else { return .nothing }
            nextFrame += 1
            return .item(.refused(FollowedRefusal(reason: .damaged, text: "\(error)", frame: index)))
        }
        if !isSettled, UnwrittenBlock.isIn(room.bytes) { return .nothing }
        nextFrame += 1
        present?.nextIndex = index + 1
        return .item(.frame(FollowedFrame(index: index, recorded: recorded, foundAt: foundAt)))
    }

    // MARK: - Ends

    /// What is to be done while no frame is there.
    private func rest(_ surroundings: Surroundings, at now: ContinuousClock.Instant) -> Step {
        let quiet = now - movie.lastGrowth
        if isRecording, !hasEnded, quiet >= .milliseconds(50), let end = movie.recordedSeries?.end {
            hasEnded = true
            return .item(.end(end))
        }
        let pause =
            switch surroundings.openness {
            case .closed: FollowSettings.rotationPause
            case .unknown: settings.lateWait
            case .open: settings.endAfter
            }
        if let successor = surroundings.successorFoundAt, quiet >= pause,
            now - successor >= FollowSettings.rotationPause
        {
            return .finished(isReplaced: false)
        }
        if surroundings.openness != .open, !hasEnded, quiet >= settings.endAfter {
            hasEnded = true
            return .item(.end(nil))
        }
        return .nothing
    }

    private func damage(_ reason: String, at now: ContinuousClock.Instant) -> Step? {
        guard let since = damagedSince else {
            damagedSince = now
            return nil
        }
        guard now - since >= settings.lateWait else { return nil }
        return refusal(
            .damaged,
            "\(movie.path): behind frame \(movie.frameCount - 1) the file cannot be followed: \(reason)"
        )
    }

    /// Says once that the file is of no more use.
    private func refusal(_ reason: FollowedRefusal.Reason, _ text: String) -> Step {
        guard !isRefused else { return .finished(isReplaced: false) }
        isRefused = true
        return .item(.refused(FollowedRefusal(reason: reason, text: text, frame: nil)))
    }
}

/// Names of series made of those of files.
enum FollowedNames {
    /// The name of a file without its ending.
    static func stem(of name: String) -> String {
        let lowered = name.lowercased()
        let ending = [".ome.tif", ".ome.tiff", ".tif", ".tiff", ".btf", ".tf8"].first { lowered.hasSuffix($0) } ?? ""
        return String(name.dropLast(ending.count))
    }

    /// A name that no other run has.
    static func seriesID(_ stem: String) -> String { "\(stem)-\(UUID().uuidString.lowercased().prefix(8))" }
}
