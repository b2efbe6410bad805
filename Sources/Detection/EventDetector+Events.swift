import Imaging

/// What becomes of closed instances and of tracks.
extension EventDetector {
    mutating func record(_ closed: [Instance], in batch: inout DetectionBatch) {
        guard !closed.isEmpty else { return }
        let measurement = EventMeasurement(
            size: size,
            calibration: calibration,
            darkLevelCounts: windows.darkLevelCounts ?? 0
        )
        let (history, segment, firstNumber) = (history, segment, eventCount + 1)
        var events = windows.withHeldFrames(before: segment.frameCount) { frames, intensity, capacity in
            history.withPlanes { planes in
                let surroundings = SurroundingFrames(
                    size: measurement.size,
                    frames: frames,
                    intensity: intensity,
                    intensityCapacity: capacity,
                    labels: planes
                )
                return measurement.measure(
                    closed,
                    numbers: Array(firstNumber..<firstNumber + closed.count),
                    in: segment,
                    surroundings: surroundings
                )
            }
        }
        for index in events.indices {
            delays.noteDelay(of: &events[index])
            sites.note(&events[index])
        }
        eventCount += closed.count
        let seen = closed.map { movements.inCameraFrame($0, size: size) }
        batch.events += zip(events, seen).map { event, instance in
            movements.inCameraFrame(
                event,
                instance,
                segmentOrigin: segment.origin,
                size: size,
                calibration: calibration
            )
        }
        batch.identities += closed.map { trackers.identity(of: $0) }
        batch.instances += seen
    }

    /// Finds what is new in the newest frames, and takes back what did not become final.
    mutating func announce(in batch: inout DetectionBatch) {
        let instances = instances
        batch.retracted = trackers.retract(decided: instances.frameCount, open: instances.isOpen(touching:))
        batch.provisional = trackers.announce(decided: instances.frameCount, newestFrame: batch.newestFrame)
            .map { seen($0) }
    }

    /// An event that is not final, with its cell and where the camera sees it.
    private func seen(_ event: ProvisionalEvent) -> ProvisionalEvent {
        var event = event
        event.cell = history.cells?.cell(atRow: event.centroidRow, column: event.centroidColumn)
        return movements.inCameraFrame(event, segmentOrigin: segment.origin, size: size)
    }

    /// Looks at the newest frames through the side output, if it is time, and says what is new there.
    ///
    /// Frames of padding are not looked at: the segment is over then.
    mutating func lookEarly(_ announce: (EarlyUpdate) -> Void) {
        guard segment.frameCount == nil, early?.isDue(at: windows.frameCount, feed.network) == true else { return }
        let started = ContinuousClock.now
        if let (mask, first) = early?.look(at: windows.frameCount, feed.network) {
            let newestFrame = segment.origin + windows.frameCount - 1
            let found = trackers.push(
                early: mask,
                first: first,
                decided: instances.frameCount,
                newestFrame: newestFrame
            )
            if !found.isEmpty { announce(EarlyUpdate(provisional: found.map { seen($0) }, newestFrame: newestFrame)) }
        }
        earlyDuration += ContinuousClock.now - started
    }

    /// Frames back to which an open event may reach.
    private var reach: Int { settings.instanceLimits.frameCount + 2 * settings.window }

    /// Remembers a frame that stands for a lost one for as long as an open event may reach back to it.
    mutating func noteSubstitute() {
        let frame = segment.origin + windows.frameCount
        segment.heldFrames.insert(frame)
        if segment.heldFrames.count > reach { segment.heldFrames = segment.heldFrames.filter { $0 > frame - reach } }
    }

    /// The same with frames without light.
    mutating func noteDarkFrames() {
        let frames = windows.drainDarkFrames()
        guard let last = frames.last else { return }
        newDarkFrameCount += frames.count
        segment.darkFrames.formUnion(frames.map { segment.origin + $0 })
        let oldest = segment.origin + last - reach
        if segment.darkFrames.count > reach { segment.darkFrames = segment.darkFrames.filter { $0 > oldest } }
    }
}
