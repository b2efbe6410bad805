import Imaging
package import UNet

/// Finds the threshold of a side output, and how large an event must be: the most sensitive pair that gives no false
/// announcement in recordings that it was not fitted to, and of which neighbours that are a step more sensitive give none
/// either.
package struct SideOutputCalibration {
    /// What one pair does in the recordings seen so far.
    package struct Outcome: Sendable {
        package let threshold: Float
        package let smallestPixelCount: Int
        package fileprivate(set) var eventCount = 0
        package fileprivate(set) var caughtCount = 0
        package fileprivate(set) var falseCount = 0
        /// From an event's first labelled frame to the newest frame when it was announced.
        package fileprivate(set) var delays: [Int] = []

        package var medianDelayFrames: Int? { delays.isEmpty ? nil : delays.sorted()[delays.count / 2] }
    }

    private static let thresholds: [Float] = [0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98, 0.99]
    /// In cells of the side output's level.
    private static let smallestCells = [3, 4, 6, 8, 12, 16, 24]
    /// Frames without labels that part two events.
    private static let pause = 4

    private let unit: SideOutput.Unit
    private let place: SideOutput.Place
    private let eventClass: EventClass
    /// By threshold and smallest size.
    private var outcomes: [[Outcome]]
    /// Probability of every cell of which the labels tell whether it is one of the class.
    private var cells: [(probability: Float, isPresent: Bool)] = []

    package init(_ unit: SideOutput.Unit, place: SideOutput.Place) {
        self.unit = unit
        self.place = place
        eventClass = EventClass(unit.networkClass) ?? .wave
        let pixels = place.cellFrameCount * place.cellFrameCount
        outcomes = Self.thresholds.map { threshold in
            Self.smallestCells.map { Outcome(threshold: threshold, smallestPixelCount: $0 * pixels) }
        }
    }

    /// Takes all looks at a recording.
    package mutating func add(_ looks: [SideOutputSampler.Look], of recording: RecordingLabels) {
        let stretches = stretches(in: recording)
        let output = SideOutput(place: place, units: [unit])
        for look in looks {
            let probabilities = output.probabilities(of: unit, in: look.features)
            for (cell, content) in CellContent.cells(of: look, place, in: recording).enumerated() {
                if let isPresent = content.tells(unit.networkClass) { cells.append((probabilities[cell], isPresent)) }
            }
        }
        for index in outcomes.indices {
            for other in outcomes[index].indices {
                let announced = announcements(outcomes[index][other], looks)
                outcomes[index][other].eventCount += stretches.count
                note(announced, stretches, recording, in: &outcomes[index][other])
            }
        }
    }

    /// How well probabilities tell cells of the class from others: the mean over its cells of the share of right ones among
    /// those that are at least as probable; nil if there is none.
    package var averagePrecision: Double? {
        var (found, sum) = (0, 0.0)
        for (rank, cell) in cells.sorted(by: { $0.probability > $1.probability }).enumerated() where cell.isPresent {
            found += 1
            sum += Double(found) / Double(rank + 1)
        }
        return found > 0 ? sum / Double(found) : nil
    }

    /// The pair to take; nil before a recording was taken.
    package var best: Outcome? {
        let all = outcomes.flatMap { $0 }
        guard let fewest = all.map(\.falseCount).min() else { return nil }
        var safe: [Outcome] = []
        for (index, row) in outcomes.enumerated() {
            for (other, outcome) in row.enumerated() where outcome.falseCount == fewest {
                let neighbours = [index > 0 ? outcomes[index - 1][other] : nil, other > 0 ? row[other - 1] : nil]
                if neighbours.allSatisfy({ $0.map { $0.falseCount == fewest } ?? true }) { safe.append(outcome) }
            }
        }
        let candidates = safe.isEmpty ? all.filter { $0.falseCount == fewest } : safe
        return candidates.max { first, second in
            if first.caughtCount != second.caughtCount { return first.caughtCount < second.caughtCount }
            return first.meanDelay > second.meanDelay
        }
    }

    /// An event as it was announced: its pixels, its first frame and the newest frame when it became known.
    private struct Announcement {
        let rows: Range<Int>
        let columns: Range<Int>
        let firstFrame: Int
        let newestFrame: Int
    }

    /// The unit with a pair.
    package func calibrated(_ outcome: Outcome) -> SideOutput.Unit {
        SideOutput.Unit(
            networkClass: unit.networkClass,
            weights: unit.weights,
            bias: unit.bias,
            threshold: outcome.threshold,
            smallestPixelCount: outcome.smallestPixelCount
        )
    }

    /// Follows cells as the detector follows their pixels.
    private func announcements(_ outcome: Outcome, _ looks: [SideOutputSampler.Look]) -> [Announcement] {
        guard let size = looks.first?.features.cells else { return [] }
        let output = SideOutput(place: place, units: [calibrated(outcome)])
        var tracker = ProvisionalTracker(
            size: size,
            classes: [eventClass],
            limits: InstanceLimits(),
            smallestPixelCounts: [eventClass: outcome.smallestPixelCount >> (2 * place.level)]
        )
        var announced: [Announcement] = []
        for look in looks {
            if let seen = tracker.frameCount, seen < look.frames.lowerBound {
                tracker.push(ClassMask(nothingIn: look.frames.lowerBound - seen, size), first: seen)
            }
            let mask = output.cellMask(of: look.features).stretched(by: place.cellFrameCount, size)
            tracker.push(mask, first: look.frames.lowerBound)
            let newestFrame = look.frames.upperBound - 1
            for event in tracker.announce(decided: 0, newestFrame: newestFrame) where event.revision == 1 {
                announced.append(
                    Announcement(
                        rows: look.features.rows(ofCells: event.rows),
                        columns: look.features.columns(ofCells: event.columns),
                        firstFrame: event.startFrame,
                        newestFrame: newestFrame
                    )
                )
            }
        }
        return announced
    }

    private func note(
        _ announced: [Announcement],
        _ stretches: [ClosedRange<Int>],
        _ recording: RecordingLabels,
        in outcome: inout Outcome
    ) {
        let isThere = announced.map { self.isThere($0, recording) }
        for stretch in stretches {
            let own = announced.indices.first { isThere[$0] && stretch.contains(announced[$0].newestFrame) }
            guard let own else { continue }
            outcome.caughtCount += 1
            outcome.delays.append(announced[own].newestFrame - stretch.lowerBound)
        }
        outcome.falseCount += isThere.count { !$0 }
    }

    /// Whether the labels show anything of the class where an event was announced.
    private func isThere(_ event: Announcement, _ recording: RecordingLabels) -> Bool {
        let size = recording.size
        let first = max(0, event.firstFrame - place.cellFrameCount)
        for frame in first..<min(recording.frameCount, event.newestFrame + 2 * place.cellFrameCount) {
            for row in event.rows {
                let start = (frame * size.height + row) * size.width
                let labels = recording.values[start + event.columns.lowerBound..<start + event.columns.upperBound]
                if labels.contains(eventClass.rawValue) { return true }
            }
        }
        return false
    }

    /// Events as the labels show them: frames in which there is any of the class.
    private func stretches(in recording: RecordingLabels) -> [ClosedRange<Int>] {
        let pixels = recording.size.pixelCount
        let labelled = (0..<recording.frameCount).filter { frame in
            recording.values[frame * pixels..<(frame + 1) * pixels].contains(eventClass.rawValue)
        }
        var stretches: [ClosedRange<Int>] = []
        for frame in labelled {
            if let last = stretches.last, frame - last.upperBound <= Self.pause {
                stretches[stretches.count - 1] = last.lowerBound...frame
            } else {
                stretches.append(frame...frame)
            }
        }
        // Before the first look nothing can be told.
        return stretches.filter { $0.lowerBound >= place.neededFrameCount }
    }
}

extension SideOutputCalibration.Outcome {
    fileprivate var meanDelay: Double { Double(delays.reduce(0, +)) / Double(max(1, delays.count)) }
}

extension ClassMask {
    /// So many empty frames.
    fileprivate init(nothingIn frameCount: Int, _ size: FrameSize) {
        let count = frameCount * size.pixelCount
        self.init(
            classes: [UInt8](repeating: EventClass.background, count: count),
            confidence: [Float](repeating: 1, count: count)
        )
    }

    /// Every frame so many times.
    fileprivate func stretched(by count: Int, _ size: FrameSize) -> ClassMask {
        func stretched<Value>(_ values: [Value]) -> [Value] {
            stride(from: 0, to: values.count, by: size.pixelCount).flatMap { start in
                repeatElement(values[start..<start + size.pixelCount], count: count).joined()
            }
        }
        return ClassMask(classes: stretched(classes), confidence: stretched(confidence))
    }
}
