package import Imaging

/// Follows events through the newest frames, announces them, and tells what became of them.
///
/// It sees every frame once, when the frame is among the newest that can be trusted, and joins voxels to tracks by the
/// rules of ``InstanceBuilder``. A track is announced once its box is as large as that of a final event has to be;
/// sparks that touch are one track.
///
/// **A final event takes over the identity of a track** of which it covers at least half; one of the track's own class
/// also if at least half of the event lies in the track (IoMin, by which events are scored too). A small event of
/// another class within a large track is another event. Of several tracks, announced ones come first, then those of
/// the event's own class, then the larger overlap; others of which it covers half were parts of the same event and are
/// retracted as merged. If the class has changed, the event is retracted under the old class and final under the new
/// one. A track is retracted when all its frames are decided and no instance that may still become an event touches
/// its box.
///
/// Where a side output tells, whose cells are coarse, a track is announced once it covers so many pixels as the calibration
/// says.
///
/// Memory is bounded by ``InstanceLimits``, as for final events, and by ``mostAnnounced``.
package struct ProvisionalTracker: Sendable {
    /// Events that are announced and not yet final or retracted, at most.
    package static let mostAnnounced = 1024

    package let size: FrameSize
    private let classes: Set<EventClass>
    private let limits: InstanceLimits
    /// Acquisition index of the segment's first frame.
    private var origin = 0
    /// Frames of the segment up to the last one pushed; nil before the first push.
    package private(set) var frameCount: Int?
    private var firstFrame = 0
    private var instances: OpenInstances
    /// Tracks that may still grow, by slot of their instance.
    private var open: [ProvisionalTrack?] = []
    /// Tracks that ended and whose fate is open, in the order in which they ended.
    private var ended: [ProvisionalTrack] = []
    private var retracted: [RetractedEvent] = []
    /// Number of the last event, announced or final.
    package internal(set) var lastNumber: Int
    /// Pixels that a track must cover to be announced, where that counts instead of the size of a final event.
    private let smallestPixelCounts: [EventClass: Int]
    private let resolution: FrontResolution

    /// - Parameters:
    ///   - size: of the frames.
    ///   - classes: of the events that are announced.
    ///   - limits: a track that reaches them takes up no more frames.
    ///   - smallestPixelCounts: pixels that a track must cover to be announced; of other classes its box must have the size
    ///     of a final event's.
    ///   - resolution: the cells that the classes are told in.
    ///   - lastNumber: events are numbered from the one after it.
    package init(
        size: FrameSize,
        classes: Set<EventClass>,
        limits: InstanceLimits,
        smallestPixelCounts: [EventClass: Int] = [:],
        resolution: FrontResolution = FrontResolution(),
        lastNumber: Int = 0
    ) {
        self.size = size
        self.classes = classes
        self.smallestPixelCounts = smallestPixelCounts
        self.resolution = resolution
        self.limits = limits
        self.lastNumber = lastNumber
        instances = OpenInstances(height: size.height, limits: limits)
    }

    /// Starts anew behind a break; numbers go on.
    ///
    /// - Precondition: the segment before was finished, or had no frame.
    package mutating func startSegment(origin: Int) {
        precondition(frameCount == nil && ended.isEmpty, "finish a segment before the next")
        self.origin = origin
    }

    // MARK: Growing

    /// Takes up the next frames.
    ///
    /// - Parameters:
    ///   - mask: class and confidence of every voxel, `[t][y][x]`.
    ///   - first: index of the first frame in the segment; from the second call on it follows those before.
    package mutating func push(_ mask: ClassMask, first: Int) {
        precondition(frameCount.map { $0 == first } ?? true, "frames follow each other")
        if frameCount == nil { firstFrame = first }
        let followed = mask.classes.map { value in
            EventClass(rawValue: value).map(classes.contains) == true ? value : EventClass.background
        }
        let count = followed.count / size.pixelCount
        followed.withUnsafeBufferPointer { classes in
            mask.confidence.withUnsafeBufferPointer { confidence in
                guard let classes = classes.baseAddress, let confidence = confidence.baseAddress else { return }
                for index in 0..<count {
                    let offset = index * size.pixelCount
                    takeUp(first + index, classes: classes + offset, confidence: confidence + offset)
                }
            }
        }
        frameCount = first + count
    }

    private mutating func takeUp(_ frame: Int, classes: UnsafePointer<UInt8>, confidence: UnsafePointer<Float>) {
        let runs = FrameRuns(classes: classes, height: size.height, width: size.width)
        let linked = instances.link(runs, frame: frame)
        follow(linked.movedSlots)
        for run in linked.runs.runs {
            let pixels = Int(run.row) * size.width + Int(run.start)..<Int(run.row) * size.width + Int(run.end)
            append(
                TrackRun(
                    frame: Int32(frame),
                    row: UInt16(run.row),
                    firstColumn: UInt16(run.start),
                    lastColumn: UInt16(run.end - 1),
                    confidence: pixels.reduce(0) { $0 + confidence[$1] }
                ),
                of: run.eventClass,
                toSlot: Int(run.slot)
            )
        }
        _ = instances.close(after: frame, sparkWait: 1)
        for slot in open.indices where !instances.isOpen(slot) {
            guard let track = open[slot] else { continue }
            open[slot] = nil
            if track.announcement != nil || isLargeEnough(track) { ended.append(track) }
        }
    }

    private mutating func append(_ run: TrackRun, of eventClass: EventClass, toSlot slot: Int) {
        while open.count <= slot { open.append(nil) }
        if open[slot] == nil {
            open[slot] = ProvisionalTrack(eventClass: eventClass, first: run, resolution: resolution)
        } else {
            open[slot]?.append(run)
        }
    }

    /// Joins the tracks whose instances were joined; the one that was announced first goes on.
    private mutating func follow(_ movedSlots: [Int32]) {
        for (slot, target) in movedSlots.enumerated() where slot != Int(target) && open.indices.contains(slot) {
            guard let moved = open[slot] else { continue }
            open[slot] = nil
            guard open.indices.contains(Int(target)), let kept = open[Int(target)] else {
                while open.count <= Int(target) { open.append(nil) }
                open[Int(target)] = moved
                continue
            }
            open[Int(target)] = united(kept, moved)
        }
    }

    private mutating func united(_ a: ProvisionalTrack, _ b: ProvisionalTrack) -> ProvisionalTrack {
        let isFirst = (a.announcement?.number ?? .max) <= (b.announcement?.number ?? .max)
        var kept = isFirst ? a : b
        let moved = isFirst ? b : a
        kept.absorb(moved)
        if let number = kept.announcement?.number { retract(moved, .merged(into: number)) }
        return kept
    }

    // MARK: Final events

    /// The identity of a final event: that of the track that became it, which ends here, or a new one.
    package mutating func identity(of instance: Instance) -> EventIdentity {
        guard let announcement = confirm(instance) else {
            lastNumber += 1
            return EventIdentity(number: lastNumber)
        }
        return EventIdentity(
            number: announcement.number,
            revision: announcement.revision + 1,
            announcement: announcement.first
        )
    }

    /// Ends the tracks that were parts of an instance, and returns the announcement of the one that it goes on from.
    mutating func confirm(_ instance: Instance) -> ProvisionalTrack.Announcement? {
        let box = instance.box
        let candidates = candidates(for: instance, in: box)
        guard let first = candidates.first, let kept = track(at: first.index) else { return nil }
        var confirmed = kept.announcement
        if kept.eventClass != instance.eventClass {
            retract(kept, .reclassified(as: instance.eventClass))
            confirmed?.revision += 1
        }
        let parts = candidates.dropFirst().filter(\.isCovered)
        for part in parts {
            if let confirmed, let track = track(at: part.index) { retract(track, .merged(into: confirmed.number)) }
        }
        end([first.index] + parts.map(\.index), behind: box.frames.upperBound)
        return confirmed
    }

    /// Ends the tracks of which an instance that goes on from another tracker's covers at least half.
    mutating func end(partsOf instance: Instance, mergedInto number: Int) {
        let box = instance.box
        let parts = candidates(for: instance, in: box).filter(\.isCovered).map(\.index)
        for part in parts {
            if let track = track(at: part) { retract(track, .merged(into: number)) }
        }
        end(parts, behind: box.frames.upperBound)
    }

    private func candidates(for instance: Instance, in box: BoundingBox) -> [Candidate] {
        var candidates: [Candidate] = []
        for index in 0..<open.count + ended.count {
            guard let track = track(at: index), track.box.intersects(box) else { continue }
            let overlap = track.overlap(with: instance)
            let hasSameClass = track.eventClass == instance.eventClass
            let isCovered = 2 * overlap >= track.voxelCount
            guard isCovered || (hasSameClass && 2 * overlap >= instance.voxels.count) else { continue }
            candidates.append(
                Candidate(
                    index: index,
                    isAnnounced: track.announcement != nil,
                    hasSameClass: hasSameClass,
                    overlap: overlap,
                    isCovered: isCovered
                )
            )
        }
        return candidates.sorted { $0.precedes($1) }
    }

    /// Tracks by index: first the open ones, then those that ended.
    private func track(at index: Int) -> ProvisionalTrack? {
        index < open.count ? open[index] : ended[index - open.count]
    }

    /// Forgets tracks; of those that still grow, what lies behind a frame goes on as a track of its own.
    private mutating func end(_ indices: [Int], behind frame: Int) {
        for index in indices.sorted(by: >) {
            if index < open.count {
                open[index] = open[index]?.rest(behind: frame)
            } else {
                ended.remove(at: index - open.count)
            }
        }
    }

    private struct Candidate {
        let index: Int
        let isAnnounced: Bool
        let hasSameClass: Bool
        let overlap: Int
        /// True if the event covers at least half of the track.
        let isCovered: Bool

        func precedes(_ other: Candidate) -> Bool {
            if isAnnounced != other.isAnnounced { return isAnnounced }
            if hasSameClass != other.hasSameClass { return hasSameClass }
            if overlap != other.overlap { return overlap > other.overlap }
            return index < other.index
        }
    }

    /// Takes back what can no longer become final.
    ///
    /// - Parameters:
    ///   - decided: frames of the segment whose final classes are known.
    ///   - isOpen: whether an instance that touches a box may still become an event.
    /// - Returns: all retractions since the last call.
    package mutating func retract(decided: Int, open isOpen: (BoundingBox) -> Bool) -> [RetractedEvent] {
        var waiting: [ProvisionalTrack] = []
        for track in ended {
            if track.box.frames.upperBound >= decided || isOpen(track.box) {
                waiting.append(track)
            } else {
                retract(track, .notConfirmed)
            }
        }
        ended = waiting
        defer { retracted = [] }
        return retracted
    }

    /// Takes back everything that was announced, because the segment is over; numbers go on.
    package mutating func finish() -> [RetractedEvent] {
        for track in open.compactMap(\.self) + ended { retract(track, .notConfirmed) }
        let retractions = retracted
        self = ProvisionalTracker(
            size: size,
            classes: classes,
            limits: limits,
            smallestPixelCounts: smallestPixelCounts,
            resolution: resolution,
            lastNumber: lastNumber
        )
        return retractions
    }

    private mutating func retract(_ track: ProvisionalTrack, _ reason: RetractedEvent.Reason) {
        guard let announcement = track.announcement else { return }
        retracted.append(
            RetractedEvent(
                number: announcement.number,
                revision: announcement.revision + 1,
                eventClass: track.eventClass,
                reason: reason,
                startFrame: origin + track.box.frames.lowerBound,
                endFrame: origin + track.box.frames.upperBound
            )
        )
    }

    // MARK: Announcing

    /// What is new: tracks that have become large enough, and those that grew since they were announced.
    ///
    /// - Parameters:
    ///   - decided: frames of the segment whose final classes are known; a track that ended before is too late.
    ///   - newestFrame: acquisition index of the newest frame.
    /// - Returns: at most one event per track.
    package mutating func announce(decided: Int, newestFrame: Int) -> [ProvisionalEvent] {
        var events: [ProvisionalEvent] = []
        var room = Self.mostAnnounced - ended.count { $0.announcement != nil } - open.count { $0?.announcement != nil }
        for index in ended.indices {
            var track = ended[index]
            if let event = announce(&track, decided, newestFrame, &room) { events.append(event) }
            ended[index] = track
        }
        for slot in open.indices {
            guard var track = open[slot] else { continue }
            if let event = announce(&track, decided, newestFrame, &room) { events.append(event) }
            open[slot] = track
        }
        return events
    }

    private mutating func announce(
        _ track: inout ProvisionalTrack,
        _ decided: Int,
        _ newestFrame: Int,
        _ room: inout Int
    ) -> ProvisionalEvent? {
        guard track.hasGrown else { return nil }
        if track.announcement == nil {
            guard room > 0, isLargeEnough(track), track.box.frames.upperBound >= decided else { return nil }
            room -= 1
            lastNumber += 1
            track.announcement = ProvisionalTrack.Announcement(
                number: lastNumber,
                revision: 0,
                first: EventIdentity.Announcement(eventClass: track.eventClass, newestFrame: newestFrame)
            )
        }
        track.hasGrown = false
        track.announcement?.revision += 1
        return track.announcement.map { announcement in
            track.event(announcement: announcement, origin: origin, firstWatchedFrame: firstFrame, frameSize: size)
        }
    }

    private func isLargeEnough(_ track: ProvisionalTrack) -> Bool {
        if let smallest = smallestPixelCounts[track.eventClass] { return track.footprintPixelCount >= smallest }
        return MinimumExtent.published(for: track.eventClass).admits(track.box)
    }
}
