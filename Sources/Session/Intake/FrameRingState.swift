import Imaging

/// What a ``FrameRing`` knows under its lock: which frames wait where, and what goes in front of them.
struct FrameRingState {
    /// A waiting frame.
    struct Slot {
        var stamp: FrameStamp
        /// Where its pixels start.
        var offset: Int
        var pixelCount: Int
        /// What comes before it.
        var prelude = Prelude()
    }

    /// What the taking side finds.
    enum Next {
        case control(FrameItem)
        /// A frame that stays in place until ``releaseFrame()``.
        case frame(Slot)
        case nothing
        case finished
    }

    /// What comes after the last frame.
    var pending = Prelude()
    var isClosed = false
    var isConsumerWaiting = false
    private(set) var frameCount = 0
    private(set) var droppedFrameCount = 0

    private let pixelCapacity: Int
    private var slots: [Slot?]
    private var head = 0
    /// Where the next frame's pixels go if they fit there.
    private var writeOffset = 0

    init(capacity: Int, pixelCapacity: Int) {
        self.pixelCapacity = pixelCapacity
        slots = Array(repeating: nil, count: capacity)
    }

    /// Share of the room that is taken, 0 to 1, if the frames to come are as large as the newest.
    var fill: Double {
        guard frameCount > 0, let newest = slots[(head + frameCount - 1) % slots.count] else { return 0 }
        return min(1, Double(frameCount) / Double(min(slots.count, max(1, pixelCapacity / newest.pixelCount))))
    }

    var isEmpty: Bool { frameCount == 0 && pending.isEmpty }

    /// Finds room for the pixels of one frame.
    /// - Returns: where they go; nil if slots or pixels are used up.
    /// - Complexity: O(1).
    func reserve(pixelCount: Int) -> Int? {
        guard frameCount > 0, let oldest = slots[head]?.offset else { return 0 }
        guard frameCount < slots.count else { return nil }
        // The waiting frames lie either from `oldest` to `writeOffset`, or from `oldest` to the end and on from 0.
        guard writeOffset > oldest else { return pixelCount <= oldest - writeOffset ? writeOffset : nil }
        // Back to the start as soon as all that may still come fits there: however long some frames wait, memory is used
        // for no more frames than there are slots.
        if (slots.count - frameCount) * pixelCount <= oldest { return 0 }
        if pixelCount <= pixelCapacity - writeOffset { return writeOffset }
        return pixelCount <= oldest ? 0 : nil
    }

    /// Appends a frame at the place that ``reserve(pixelCount:)`` found.
    mutating func append(_ slot: Slot) {
        var slot = slot
        slot.prelude = pending
        pending = Prelude()
        slots[(head + frameCount) % slots.count] = slot
        frameCount += 1
        writeOffset = slot.offset + slot.pixelCount
    }

    mutating func append(gap: FrameGap) {
        droppedFrameCount += gap.droppedByOverflow
        pending.append(gap)
    }

    mutating func next() -> Next {
        if frameCount > 0 {
            if let item = slots[head]?.prelude.next() { return .control(item) }
            if let slot = slots[head] { return .frame(slot) }
        }
        if let item = pending.next() { return .control(item) }
        if isClosed { return .finished }
        isConsumerWaiting = true
        return .nothing
    }

    mutating func releaseFrame() {
        slots[head] = nil
        head = (head + 1) % slots.count
        frameCount -= 1
    }
}

/// What lies between two frames: at most a gap, the end of one series, the start of the next, and another gap.
struct Prelude {
    private var gapBefore: FrameGap?
    private var end: SeriesEnd?
    private var start: SeriesDescription?
    private var gapAfter: FrameGap?

    var isEmpty: Bool { gapBefore == nil && end == nil && start == nil && gapAfter == nil }

    mutating func append(_ gap: FrameGap) {
        if start == nil {
            gapBefore = gapBefore.map { $0 + gap } ?? gap
        } else {
            gapAfter = gapAfter.map { $0 + gap } ?? gap
        }
    }

    mutating func append(_ description: SeriesDescription) {
        start = description
        gapAfter = nil
    }

    mutating func append(_ end: SeriesEnd) {
        if start == nil {
            self.end = end
        } else {
            // The series began and ended without a frame that fitted: nobody has heard of it.
            start = nil
            gapAfter = nil
        }
    }

    mutating func next() -> FrameItem? {
        if let gap = gapBefore.take() { return .gap(gap) }
        if let end = end.take() { return .seriesEnd(end) }
        if let start = start.take() { return .seriesStart(start) }
        return gapAfter.take().map(FrameItem.gap)
    }
}
