package import Imaging

/// Decides for every received frame how it continues the stream; a pure value without clock or I/O.
///
/// A frame belongs where its index says. Without an index the message number takes its place, and without both every
/// frame follows the one before. One frame that contradicts the series is left out: a damaged header neither ends a
/// series nor moves it. Several such frames in a row that agree with each other are believed.
package struct FrameSequencer: Sendable {
    /// Frames up to this many places away may be the same stream, reordered.
    static let reorderReach = 8
    /// Late frames in a row that mean that the sender has restarted.
    static let restartRun = 3
    /// Frames in a row beyond a long gap that the message numbers do not confirm, before it is believed.
    static let jumpRun = 2
    /// Frames in a row of another size or another series before they are taken as a new series.
    static let insistence = 8
    /// Gaps up to this many frames are believed at once.
    static let shortGap = 64
    /// Longest gap within a series, in frames.
    static let longestGap = 100_000
    /// Number of earlier series whose stragglers are recognised.
    static let rememberedSeries = 8

    package let policy: MissedFramePolicy
    /// Most frames in a row that are filled.
    package let longestFill: Int
    package private(set) var counters = FrameSequenceCounters()

    private struct Series {
        var id: String?
        var size: FrameSize
        var lastIndex: Int
        var announcedFrameCount: Int?
        var isOver = false
    }

    private var series: Series?
    private var earlierSeries: [String] = []
    private var lastMessageNumber: Int?
    /// Indices of frames that came since the last one that was taken, and were refused.
    private var refusedIndices: Set<Int> = []
    private var misfits: (arrival: FrameArrival, index: Int, count: Int)?

    /// A sequencer that has seen nothing yet.
    /// - Precondition: `longestFill` is not negative.
    package init(policy: MissedFramePolicy = .hold, longestFill: Int = 2) {
        precondition(longestFill >= 0, "the longest fill is a number of frames")
        self.policy = policy
        self.longestFill = longestFill
    }

    /// Decides about one frame.
    /// - Complexity: O(1).
    package mutating func receive(_ arrival: FrameArrival) -> FrameDecision {
        let decision = decide(arrival)
        switch decision {
        case .accept(let index): accept(arrival, at: index)
        case .fill(let missing, let index):
            counters.filledFrames += missing.missingFrameCount
            count(missing)
            accept(arrival, at: index)
        case .breakSegment(let missing, let index):
            counters.brokenSegments += 1
            count(missing)
            accept(arrival, at: index)
        case .startSeries(let index, let ending):
            if ending != nil { counters.endedSeries += 1 }
            start(arrival, at: index)
        case .drop(let reason):
            counters.droppedFrames[reason, default: 0] += 1
            if reason == .wrongSize { noteRefused(arrival) }
            if reason == .duplicate, let number = arrival.messageNumber, number > lastMessageNumber ?? -1 {
                lastMessageNumber = number
            }
        }
        return decision
    }

    /// Counts a frame that is not meant for the series.
    package mutating func leaveOut(_ reason: FrameDropReason) { counters.droppedFrames[reason, default: 0] += 1 }

    /// Notes that a frame came but was refused: its place is empty, but nothing was lost on the way to it.
    package mutating func noteRefused(_ arrival: FrameArrival) {
        guard let series, !series.isOver, arrival.seriesID == series.id else { return }
        let index = index(of: arrival, in: series)
        guard index > series.lastIndex, refusedIndices.count < Self.longestGap else { return }
        refusedIndices.insert(index)
    }

    /// Notes that the sender announced a series: the next frame begins it.
    /// - Returns: the end of the series that was open; nil if there was none, or if it is the announced one.
    package mutating func announceSeries(id: String?, messageNumber: Int?) -> SeriesEnd? {
        noteControlMessage(messageNumber)
        if let series, !series.isOver, id != nil, series.id == id { return nil }
        let end = closeSeries(.replaced)
        remember(series?.id)
        series = nil
        earlierSeries.removeAll { $0 == id }
        return end
    }

    /// Notes that the sender ended a series.
    /// - Returns: the end of the series that was open; nil if there was none, or if another one was meant.
    package mutating func endSeries(id: String?, messageNumber: Int?, sentFrameCount: Int? = nil) -> SeriesEnd? {
        if let series, !series.isOver, let id, let ownID = series.id, id != ownID { return nil }
        let skipped = noteControlMessage(messageNumber)
        guard var end = closeSeries(.announced) else { return nil }
        // Nothing but frames can be missing at the end of an open series.
        counters.missingInTransport += skipped
        counters.skippedMessages -= skipped
        end.sentFrameCount = sentFrameCount
        end.messageNumber = messageNumber
        return end
    }

    /// Ends the series if the last of its announced frames was accepted.
    package mutating func endSeriesIfComplete() -> SeriesEnd? {
        guard let series, let count = series.announcedFrameCount, series.lastIndex == count - 1 else { return nil }
        return closeSeries(.complete)
    }

    /// Ends the open series, if there is one.
    package mutating func closeSeries(_ reason: SeriesEnd.Reason) -> SeriesEnd? {
        guard let open = series, !open.isOver else { return nil }
        series?.isOver = true
        counters.endedSeries += 1
        return SeriesEnd(seriesID: open.id, reason: reason)
    }

    // MARK: - Decisions

    private mutating func decide(_ arrival: FrameArrival) -> FrameDecision {
        guard let series else {
            let isStraggler = arrival.seriesID.map(earlierSeries.contains) ?? false
            return isStraggler ? insist(arrival, at: arrival.frameIndex ?? 0, else: .otherSeries) : newSeries(arrival)
        }
        let index = self.index(of: arrival, in: series)
        let isLate = index <= series.lastIndex && index > max(0, series.lastIndex - Self.reorderReach)
        let startsAnew = arrival.frameIndex == 0 && !isLate && (series.isOver || series.lastIndex > Self.reorderReach)

        if let id = arrival.seriesID, id != series.id {
            let isNew = (arrival.frameIndex == 0 || series.isOver) && !earlierSeries.contains(id)
            return isNew ? newSeries(arrival) : insist(arrival, at: index, else: .otherSeries)
        }
        if startsAnew || (series.isOver && arrival.seriesID == nil && !isLate) { return newSeries(arrival) }
        if series.isOver && !isLate { return insist(arrival, at: index, else: .otherSeries) }
        if arrival.size != series.size { return insist(arrival, at: index, else: .wrongSize) }
        if index <= series.lastIndex {
            let reason: FrameDropReason = index == series.lastIndex ? .duplicate : .late
            return insist(arrival, at: index, else: reason, run: Self.restartRun)
        }
        return decideForward(arrival, index: index, missing: index - series.lastIndex - 1)
    }

    private mutating func decideForward(_ arrival: FrameArrival, index: Int, missing: Int) -> FrameDecision {
        guard missing > 0 else { return .accept(index: index) }
        guard missing <= Self.longestGap else { return insist(arrival, at: index, else: .implausibleIndex) }
        let skipped = skippedMessages(before: arrival.messageNumber)
        let isConfirmed = missing <= Self.shortGap || skipped == missing
        guard isConfirmed || isRun(arrival, at: index, of: Self.jumpRun) else { return .drop(.implausibleIndex) }

        let refused = refusedIndices.count { $0 < index }
        let inTransport = min(missing - refused, max(0, skipped - refused))
        let gap = FrameGap(
            missingAtSource: missing - refused - inTransport,
            missingInTransport: inTransport,
            refused: refused
        )
        let isFilled = policy != .break && missing <= longestFill
        return isFilled ? .fill(missing: gap, index: index) : .breakSegment(missing: gap, index: index)
    }

    /// Leaves out a frame that does not fit, until enough of its like have come in a row.
    private mutating func insist(
        _ arrival: FrameArrival,
        at index: Int,
        else reason: FrameDropReason,
        run: Int = insistence
    ) -> FrameDecision {
        isRun(arrival, at: index, of: run) ? newSeries(arrival) : .drop(reason)
    }

    /// Counts frames that do not fit the series but fit each other.
    private mutating func isRun(_ arrival: FrameArrival, at index: Int, of length: Int) -> Bool {
        var count = 1
        if let misfits, misfits.arrival.seriesID == arrival.seriesID, misfits.arrival.size == arrival.size {
            let step = index - misfits.index
            let isUnnumbered = arrival.frameIndex == nil && arrival.messageNumber == nil
            let isNext = isUnnumbered || (1...Self.reorderReach).contains(step)
            if isNext { count += misfits.count }
        }
        misfits = (arrival, index, count)
        return count >= length
    }

    private func newSeries(_ arrival: FrameArrival) -> FrameDecision {
        let ending = series.flatMap { $0.isOver ? nil : SeriesEnd(seriesID: $0.id, reason: .replaced) }
        return .startSeries(index: arrival.frameIndex ?? 0, ending: ending)
    }

    private func index(of arrival: FrameArrival, in series: Series) -> Int {
        if let index = arrival.frameIndex { return index }
        guard let number = arrival.messageNumber, let lastMessageNumber else { return series.lastIndex + 1 }
        return series.lastIndex + number - lastMessageNumber
    }

    // MARK: - Bookkeeping

    private mutating func accept(_ arrival: FrameArrival, at index: Int) {
        let missing = index - (series?.lastIndex ?? index - 1) - 1
        counters.skippedMessages += max(0, skippedMessages(before: arrival.messageNumber) - missing)
        counters.acceptedFrames += 1
        series?.lastIndex = index
        if let count = arrival.announcedFrameCount { series?.announcedFrameCount = count }
        lastMessageNumber = arrival.messageNumber ?? lastMessageNumber
        refusedIndices.removeAll()
        misfits = nil
    }

    private mutating func start(_ arrival: FrameArrival, at index: Int) {
        if arrival.seriesID != series?.id { remember(series?.id) }
        earlierSeries.removeAll { $0 == arrival.seriesID }
        series = Series(
            id: arrival.seriesID,
            size: arrival.size,
            lastIndex: index,
            announcedFrameCount: arrival.announcedFrameCount
        )
        counters.startedSeries += 1
        counters.acceptedFrames += 1
        // Frames of the new series that were lost before its first one here; before that, anything may be missing.
        let skipped = skippedMessages(before: arrival.messageNumber)
        let missing = min(skipped, index)
        counters.missingInTransport += missing
        counters.skippedMessages += skipped - missing
        lastMessageNumber = arrival.messageNumber
        refusedIndices.removeAll()
        misfits = nil
    }

    private mutating func count(_ missing: FrameGap) {
        counters.missingAtSource += missing.missingAtSource
        counters.missingInTransport += missing.missingInTransport
    }

    private mutating func remember(_ id: String?) {
        guard let id else { return }
        earlierSeries.removeAll { $0 == id }
        earlierSeries.append(id)
        if earlierSeries.count > Self.rememberedSeries { earlierSeries.removeFirst() }
    }

    private func skippedMessages(before number: Int?) -> Int {
        guard let number, let lastMessageNumber else { return 0 }
        let skipped = number - lastMessageNumber - 1
        return skipped <= Self.longestGap ? max(0, skipped) : 0
    }

    /// - Returns: the number of messages missing before this one.
    @discardableResult
    private mutating func noteControlMessage(_ number: Int?) -> Int {
        let skipped = skippedMessages(before: number)
        counters.skippedMessages += skipped
        lastMessageNumber = number ?? lastMessageNumber
        return skipped
    }
}
