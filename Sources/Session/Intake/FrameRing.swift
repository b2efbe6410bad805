import Dispatch
package import Imaging
import Synchronization

/// A ring of frames between the thread that receives them and the thread that detects in them.
///
/// Series starts, series ends and gaps keep their place among the frames. All memory is taken at `init`.
/// One thread appends, one thread takes; the properties may be read from any thread.
///
/// A frame that does not fit is dropped and counted, and the one taking finds a gap in its place: the frames on either
/// side of it are never joined. Starts, ends and gaps always fit: until they are taken they wait in front of the next
/// frame, gaps added up, and a series of which no frame is left is passed over.
package final class FrameRing: Sendable {
    /// Most frames that wait to be taken.
    package let capacity: Int
    /// Most pixels that wait to be taken: large frames fill the ring sooner.
    package let pixelCapacity: Int

    // Sound: regions are handed out under the lock of `state`, and a region has one user at a time.
    private nonisolated(unsafe) let pixels: UnsafeMutablePointer<Float>
    private let state: Mutex<FrameRingState>
    private let arrival = DispatchSemaphore(value: 0)

    /// A ring with fixed room.
    /// - Precondition: both capacities are positive.
    package init(capacity: Int, pixelCapacity: Int) {
        precondition(capacity > 0 && pixelCapacity > 0, "a ring has room for at least one frame")
        self.capacity = capacity
        self.pixelCapacity = pixelCapacity
        pixels = .allocate(capacity: pixelCapacity)
        state = Mutex(FrameRingState(capacity: capacity, pixelCapacity: pixelCapacity))
    }

    deinit {
        pixels.deallocate()
    }

    /// Number of frames that wait to be taken.
    package var frameCount: Int { state.withLock { $0.frameCount } }

    /// Share of the room that is taken, 0 to 1: of frames or of pixels, whichever runs out first.
    package var fill: Double { state.withLock { $0.fill } }

    /// What waits.
    package var backlog: Backlog { state.withLock { Backlog(frameCount: $0.frameCount, fill: $0.fill) } }

    /// Whether a frame of so many pixels would find room; it stays so until something is appended.
    package func hasRoom(forPixels count: Int) -> Bool { state.withLock { $0.reserve(pixelCount: count) != nil } }

    /// How much waits to be taken.
    package struct Backlog: Sendable, Equatable {
        package var frameCount: Int
        /// Share of the room that is taken, 0 to 1.
        package var fill: Double

        package init(frameCount: Int = 0, fill: Double = 0) {
            self.frameCount = frameCount
            self.fill = fill
        }
    }

    /// Number of frames that did not fit, ever.
    package var droppedFrameCount: Int { state.withLock { $0.droppedFrameCount } }

    /// True while nothing waits, but something may come.
    package var isIdle: Bool { state.withLock { $0.isEmpty && !$0.isClosed } }

    /// True once the ring is closed and everything in it was taken.
    package var isFinished: Bool { state.withLock { $0.isClosed && $0.isEmpty } }

    // MARK: - The receiving side

    /// Appends a frame.
    /// - Parameters:
    ///   - stamp: which frame it is.
    ///   - frame: its pixels `[y][x]`, copied.
    /// - Returns: false if there was no room; the frame then counts as dropped.
    /// - Precondition: the frame has at least one pixel and at most ``pixelCapacity``.
    /// - Complexity: O(pixels).
    @discardableResult
    package func append(_ stamp: FrameStamp, pixels frame: Span<Float>) -> Bool {
        precondition(!frame.isEmpty && frame.count <= pixelCapacity, "a frame of \(frame.count) pixels never fits")
        guard let offset = state.withLock({ $0.reserve(pixelCount: frame.count) }) else {
            append { $0.append(gap: FrameGap(droppedByOverflow: 1)) }
            return false
        }
        frame.withUnsafeBufferPointer { (pixels + offset).update(from: $0.baseAddress!, count: $0.count) }
        append { $0.append(FrameRingState.Slot(stamp: stamp, offset: offset, pixelCount: frame.count)) }
        return true
    }

    /// Appends a place where frames are missing.
    /// - Complexity: O(1).
    package func append(_ gap: FrameGap) {
        append { $0.append(gap: gap) }
    }

    /// Appends the start of a series.
    /// - Complexity: O(1).
    package func append(_ description: SeriesDescription) {
        append { $0.pending.append(description) }
    }

    /// Appends the end of a series.
    /// - Complexity: O(1).
    package func append(_ end: SeriesEnd) {
        append { $0.pending.append(end) }
    }

    /// Ends the stream: what waits can still be taken, nothing may be appended any more.
    package func close() {
        append { $0.isClosed = true }
    }

    private func append(_ change: (inout FrameRingState) -> Void) {
        let mustWake = state.withLock { state in
            precondition(!state.isClosed, "the ring is closed")
            change(&state)
            defer { state.isConsumerWaiting = false }
            return state.isConsumerWaiting
        }
        if mustWake { arrival.signal() }
    }

    // MARK: - The detecting side

    /// Takes the oldest item, waiting for one if there is none.
    /// - Parameters:
    ///   - timeout: how long to wait.
    ///   - body: receives the item and, if it is a frame, its pixels `[y][x]`, which it has to copy; others have none.
    /// - Returns: the result of `body`; nil if nothing came in time or the ring is finished.
    /// - Throws: what `body` throws; the item is taken then, too.
    package func withNext<Result, Failure: Error>(
        waitingUpTo timeout: Duration = .zero,
        _ body: (FrameItem, Span<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        let deadline = DispatchTime.now() + .nanoseconds(Self.nanoseconds(timeout))
        while true {
            switch state.withLock({ $0.next() }) {
            case .control(let item):
                return try body(item, Span(_unsafeStart: pixels, count: 0))
            case .frame(let slot):
                defer { state.withLock { $0.releaseFrame() } }
                return try body(
                    .frame(slot.stamp),
                    Span(_unsafeStart: pixels + slot.offset, count: slot.pixelCount)
                )
            case .finished:
                return nil
            case .nothing:
                guard waitForArrival(until: deadline) else { return nil }
            }
        }
    }

    private func waitForArrival(until deadline: DispatchTime) -> Bool {
        guard arrival.wait(timeout: deadline) == .timedOut else { return true }
        let wasWoken = state.withLock { state in
            defer { state.isConsumerWaiting = false }
            return !state.isConsumerWaiting
        }
        // The signal was or will be given right after the deadline: it must not stay behind.
        if wasWoken { arrival.wait() }
        return wasWoken
    }

    private static func nanoseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(clamping: seconds.clamped(to: 0...1_000_000_000)) * 1_000_000_000
            + Int(clamping: attoseconds.clamped(to: 0...Int64.max) / 1_000_000_000)
    }
}

extension Comparable {
    fileprivate func clamped(to range: ClosedRange<Self>) -> Self {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
