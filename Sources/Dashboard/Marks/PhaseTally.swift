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
        /// The same of those whose centre lies in a drawn region, by its name.
        package var regionCounts: [String: [EventClass: Int]] = [:]
        /// Names of regions that were drawn when some events of the phase were forgotten already.
        package var uncountedRegions: Set<String> = []
        fileprivate var message: PhaseMessage?
    }

    /// Where an event began.
    package struct Onset: Sendable, Equatable {
        package var eventClass: EventClass
        /// Number of the cell; 0 for none.
        package var cell: Int
        package var frame: Int
        /// Centre in pixels from that of the first one, as it is published.
        package var row: Double
        package var column: Double

        package init(_ eventClass: EventClass, cell: Int = 1, frame: Int, row: Double = 0, column: Double = 0) {
            self.eventClass = eventClass
            self.cell = cell
            self.frame = frame
            self.row = row
            self.column = column
        }
    }

    package private(set) var phases = [Phase(label: "start")]
    private var cells: CellMask?
    private var calibration: Calibration?
    private var size: FrameSize?
    /// With the number of their pixels in frames of the recording under way.
    private var regions: [(region: DrawnRegion, pixelCount: Int)] = []
    /// The last events of the recording under way: a mark may turn out to lie before some of them, or a region round them.
    private var recentEvents: [Onset] = []
    /// Frames whose movement could not be undone, likewise.
    private var recentUnsteadyFrames: [Int] = []
    /// Its frames that were searched, without those that are missing between.
    private var observed: [Range<Int>] = []

    /// The last frame in which an event began that is forgotten.
    private var forgottenFrame: Int?

    private static let recentEventLimit = 20_000
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
        size = start.size
        (cells, recentEvents, recentUnsteadyFrames, observed, forgottenFrame) = (nil, [], [], [], nil)
        draw(regions.map(\.region))
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
        if let forgottenFrame, forgottenFrame >= frame { phase.uncountedRegions = phases[last].uncountedRegions }
        if let unsteady = phases[last].unsteadyFrameCount {
            let moved = recentUnsteadyFrames.count { $0 >= frame }
            (phases[last].unsteadyFrameCount, phase.unsteadyFrameCount) = (unsteady - moved, moved)
        }
        phases[last].message = nil
        append(phase)
        for event in recentEvents where event.frame >= frame {
            count(-1, event, inPhase: last - 1)
            count(1, event, inPhase: last)
        }
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
            count(1, event, inPhase: index)
            phases[index].message = nil
        }
        recentUnsteadyFrames.append(contentsOf: unsteadyFrames ?? [])
        recentUnsteadyFrames.removeFirst(max(0, recentUnsteadyFrames.count - Self.recentEventLimit))
        recentEvents.append(contentsOf: events)
        let surplus = max(0, recentEvents.count - Self.recentEventLimit)
        for event in recentEvents.prefix(surplus) { forgottenFrame = max(forgottenFrame ?? .min, event.frame) }
        recentEvents.removeFirst(surplus)
    }

    /// Takes the regions that are drawn from now on; what has happened in new ones is counted as far as it is known.
    package mutating func draw(_ drawn: [DrawnRegion]) {
        let before = regions.map(\.region)
        regions = drawn.map { region in (region, size.map(region.pixelCount) ?? 0) }
        let new = Set(drawn.filter { !before.contains($0) }.map(\.name))
        for index in phases.indices where phases[index].seriesID == phases[last].seriesID {
            phases[index].message = nil
            for name in new {
                phases[index].regionCounts[name] = nil
                let isWhole = forgottenFrame.map { $0 < phases[index].firstFrame ?? .min } ?? true
                if isWhole {
                    phases[index].uncountedRegions.remove(name)
                } else {
                    phases[index].uncountedRegions.insert(name)
                }
            }
        }
        for event in recentEvents { countInRegions(1, event, inPhase: phase(ofFrame: event.frame), among: new) }
    }

    private mutating func count(_ change: Int, _ event: Onset, inPhase index: Int) {
        phases[index].eventCounts.add(change, event)
        countInRegions(change, event, inPhase: index, among: nil)
    }

    /// Counts an event in the regions that its centre lies in; of these, in those with some names only, if they are given.
    private mutating func countInRegions(_ change: Int, _ event: Onset, inPhase index: Int, among names: Set<String>?) {
        for (region, _) in regions where names?.contains(region.name) ?? true {
            guard region.contains(centroidRow: event.row, column: event.column) else { continue }
            phases[index].regionCounts[region.name, default: [:]][event.eventClass, default: 0] += change
        }
    }

    /// Counts an event of the recording under way as one of another class; nil for none.
    package mutating func correct(_ event: Onset, from before: EventClass?, to after: EventClass?) {
        let index = phase(ofFrame: event.frame)
        // One whose phase is no longer kept is not counted anywhere.
        guard event.frame >= phases[index].firstFrame ?? .min else { return }
        var changed = event
        if let before {
            changed.eventClass = before
            guard phases[index].eventCounts[event.cell]?[before] != nil else { return }
            count(-1, changed, inPhase: index)
            if let place = recentEvents.lastIndex(of: changed) { recentEvents.remove(at: place) }
        }
        if let after {
            changed.eventClass = after
            count(1, changed, inPhase: index)
            recentEvents.append(changed)
        }
        phases[index].message = nil
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
            let message = PhaseMessage(
                phases[index],
                cells: isUnderWay ? cells : nil,
                regions: regions,
                calibration: calibration
            )
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
