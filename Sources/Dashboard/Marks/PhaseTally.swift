package import Detection
package import Imaging
package import Session
package import Wire

/// Events and observed time from one protocol mark to the next, recording by recording.
///
/// Counted as the tables at the end of a run count: by the frames that were searched, and by the cell and the frame in
/// which an event began.
package struct PhaseTally {
    /// From a mark, or the start of a recording, to the next mark or recording.
    package struct Phase: Sendable, Equatable {
        package var label: String
        /// The recording; nil where none was under way.
        package var seriesID: String?
        /// Acquisition index of its first frame.
        package var firstFrame: Int?
        /// Frames that were searched for events.
        package var observedFrameCount = 0
        /// Those of them whose movement could not be undone; nil if movement was not looked for.
        package var unsteadyFrameCount: Int?
        /// Final events that began in the phase.
        package var eventCounts: CellActivity.EventCounts = [:]
        fileprivate var message: PhaseMessage?
    }

    /// Where an event began.
    package struct Onset: Sendable, Equatable {
        package var eventClass: EventClass
        /// Number of the cell; 0 for none.
        package var cell: Int
        package var frame: Int

        package init(_ eventClass: EventClass, cell: Int = 1, frame: Int) {
            self.eventClass = eventClass
            self.cell = cell
            self.frame = frame
        }
    }

    package private(set) var phases = [Phase(label: "start")]
    private var cells: CellMask?
    private var calibration: Calibration?
    /// The last events of the recording under way: a mark may turn out to lie before some of them.
    private var recentEvents: [Onset] = []
    /// Frames whose movement could not be undone, likewise.
    private var recentUnsteadyFrames: [Int] = []
    /// Its frames that were searched, without those that are missing between.
    private var observed: [Range<Int>] = []

    private static let recentEventLimit = 2000
    private static let observedLimit = 500
    private static let phaseLimit = 200

    package init() {}

    private var last: Int { phases.count - 1 }

    /// Begins a recording; the phase goes on in it.
    package mutating func seriesStarted(_ start: SeriesStart) {
        if phases[last].seriesID != nil { append(Phase(label: phases[last].label)) }
        phases[last].seriesID = start.context.seriesID
        phases[last].firstFrame = start.firstFrame
        calibration = start.context.calibration
        (cells, recentEvents, recentUnsteadyFrames, observed) = (nil, [], [], [])
    }

    /// Begins a phase; what was counted since its frame moves into it.
    package mutating func mark(_ message: MarkMessage) {
        guard let frame = message.frame, let first = phases[last].firstFrame else {
            return append(Phase(label: message.label, seriesID: message.seriesID, firstFrame: message.frame))
        }
        guard frame > first else {
            phases[last].label = message.label
            phases[last].message = nil
            return
        }
        var phase = Phase(label: message.label, seriesID: message.seriesID, firstFrame: frame)
        phase.observedFrameCount = observed.reduce(0) { $0 + max(0, $1.upperBound - max(frame, $1.lowerBound)) }
        phases[last].observedFrameCount -= phase.observedFrameCount
        if let unsteady = phases[last].unsteadyFrameCount {
            let moved = recentUnsteadyFrames.count { $0 >= frame }
            (phases[last].unsteadyFrameCount, phase.unsteadyFrameCount) = (unsteady - moved, moved)
        }
        for event in recentEvents where event.frame >= frame {
            phases[last].eventCounts.add(-1, event)
            phase.eventCounts.add(1, event)
        }
        phases[last].message = nil
        append(phase)
    }

    /// Counts frames that were decided, and events that became final with them.
    ///
    /// - Parameters:
    ///   - frames: What was decided.
    ///   - cells: Where the cells are, if that is known.
    ///   - events: Those that became final.
    ///   - unsteadyFrames: Frames whose movement could not be undone; nil if movement was not looked for.
    package mutating func decided(
        _ frames: Range<Int>,
        cells: CellMask?,
        events: [Onset],
        unsteadyFrames: [Int]? = nil
    ) {
        self.cells = cells ?? self.cells
        if let before = observed.last, before.upperBound == frames.lowerBound {
            observed[observed.count - 1] = before.lowerBound..<frames.upperBound
        } else {
            observed.append(frames)
            if observed.count > Self.observedLimit { observed.removeFirst() }
        }
        for index in phases.indices.reversed() where phases[index].seriesID == phases[last].seriesID {
            let own = (phases[index].firstFrame ?? .min)..<(index < last ? phases[index + 1].firstFrame ?? .max : .max)
            let count = frames.clamped(to: own).count
            phases[index].observedFrameCount += count
            if let unsteadyFrames, count > 0 {
                let unsteady = unsteadyFrames.count(where: own.contains)
                phases[index].unsteadyFrameCount = (phases[index].unsteadyFrameCount ?? 0) + unsteady
            }
            if count > 0 { phases[index].message = nil }
            if own.lowerBound <= frames.lowerBound { break }
        }
        for event in events {
            let index = phase(ofFrame: event.frame)
            phases[index].eventCounts.add(1, event)
            phases[index].message = nil
        }
        recentUnsteadyFrames.append(contentsOf: unsteadyFrames ?? [])
        recentUnsteadyFrames.removeFirst(max(0, recentUnsteadyFrames.count - Self.recentEventLimit))
        recentEvents.append(contentsOf: events)
        recentEvents.removeFirst(max(0, recentEvents.count - Self.recentEventLimit))
    }

    private func phase(ofFrame frame: Int) -> Int {
        let seriesID = phases[last].seriesID
        return phases.lastIndex { $0.seriesID == seriesID && ($0.firstFrame ?? .min) <= frame }
            ?? phases.firstIndex { $0.seriesID == seriesID } ?? last
    }

    private mutating func append(_ phase: Phase) {
        phases.append(phase)
        if phases.count > Self.phaseLimit { phases.removeFirst() }
    }

    /// All phases as the page takes them; only those that have changed are worded anew.
    package mutating func messages() -> [PhaseMessage] {
        phases.indices.map { index in
            if let message = phases[index].message { return message }
            let isUnderWay = phases[index].seriesID == phases[last].seriesID
            let message = PhaseMessage(phases[index], cells: isUnderWay ? cells : nil, calibration: calibration)
            phases[index].message = message
            return message
        }
    }
}

extension CellActivity.EventCounts {
    fileprivate mutating func add(_ change: Int, _ event: PhaseTally.Onset) {
        let count = self[event.cell, default: [:]][event.eventClass, default: 0] + change
        self[event.cell, default: [:]][event.eventClass] = count == 0 ? nil : count
    }
}

/// A phase as the page takes it.
package struct PhaseMessage: Encodable, Sendable, Equatable {
    package var label: String
    package var seriesID: String?
    package var firstFrame: Int?
    package var observedSeconds: Double
    /// Final events by class.
    package var events: [String: Int]
    /// How often all cells together had events, and each; nil and empty before the cells are known.
    package var cell: CellActivityMessage?
    package var cells: [CellActivityMessage]

    fileprivate init(_ phase: PhaseTally.Phase, cells: CellMask?, calibration: Calibration?) {
        let interval = calibration?.frameIntervalMilliseconds ?? 0
        label = phase.label
        seriesID = phase.seriesID
        firstFrame = phase.firstFrame
        observedSeconds = (Double(phase.observedFrameCount) * interval / 1000).rounded(decimals: 3) ?? 0
        events = phase.eventCounts.values.reduce(into: [:]) { events, counts in
            for (eventClass, count) in counts { events[eventClass.name, default: 0] += count }
        }
        guard let calibration else {
            self.cells = []
            return
        }
        let usableShare = phase.unsteadyFrameCount.map { 1 - Double($0) / Double(max(1, phase.observedFrameCount)) }
        let activity = CellActivity(
            cells: cells,
            frameCount: phase.observedFrameCount,
            eventCounts: phase.eventCounts,
            calibration: calibration,
            usableShare: usableShare
        )
        cell = activity.map(CellActivityMessage.init)
        self.cells = CellActivity.each(
            of: cells,
            frameCount: phase.observedFrameCount,
            eventCounts: phase.eventCounts,
            calibration: calibration,
            usableShare: usableShare
        ).map(CellActivityMessage.init)
    }

    package enum CodingKeys: String, CodingKey {
        case label
        case seriesID = "series_id"
        case firstFrame = "frame_start"
        case observedSeconds = "observed_s"
        case events, cell, cells
    }
}
