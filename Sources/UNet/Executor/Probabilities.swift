import CKernels
package import Imaging

/// The probabilities of all classes in ranges of frames of one window.
///
/// Not Sendable; a ``SlidingUNet`` uses the memory again once nobody holds the value any more.
package struct Probabilities {
    let storage: ProbabilityStorage

    /// The size of the frames.
    package var frameSize: FrameSize { storage.frameSize }

    /// The frame ranges that were asked for, counted from the start of the window.
    package var ranges: [Range<Int>] { storage.ranges }

    /// The probabilities of one class in one range, without copying.
    ///
    /// - Parameters:
    ///   - channel: the class.
    ///   - index: which of ``ranges``.
    ///   - body: receives `[t][y][x]`, valid during the call only.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    package func withChannel<Result, Failure: Error>(
        _ channel: NetworkClass,
        ofRange index: Int = 0,
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let count = ranges[index].count * frameSize.pixelCount
        let start = storage.start(ofRange: index) + channel.rawValue * count
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(start: start, count: count))
    }

    /// The probabilities of one class in one range, `[t][y][x]`, copied.
    package func channel(_ channel: NetworkClass, ofRange index: Int = 0) -> [Float] {
        withChannel(channel, ofRange: index) { Array($0) }
    }
}

/// Memory for probabilities, `[class][t][y][x]` per range.
final class ProbabilityStorage {
    let frameSize: FrameSize
    private(set) var ranges: [Range<Int>] = []

    private var memory: UnsafeMutablePointer<Float>?
    private var capacity = 0
    private let classCount = Int(CKernelsClasses)

    init(frameSize: FrameSize) {
        self.frameSize = frameSize
    }

    deinit {
        if let memory { ckernels_deallocate(memory, capacity) }
    }

    /// Makes room for ranges; what was there before is lost.
    func prepare(for ranges: some Collection<Range<Int>>) throws(UNetError) {
        self.ranges.removeAll(keepingCapacity: true)
        self.ranges.append(contentsOf: ranges)
        let count = frameCount(before: self.ranges.count) * classCount * frameSize.pixelCount
        guard count > capacity else { return }
        if let memory { ckernels_deallocate(memory, capacity) }
        capacity = 0
        memory = ckernels_allocate(count)
        guard memory != nil else { throw .outOfMemory(byteCount: count * MemoryLayout<Float>.stride) }
        capacity = count
    }

    /// Where the background of a range starts.
    func start(ofRange index: Int) -> UnsafeMutablePointer<Float> {
        guard let memory else { preconditionFailure("prepared for its ranges") }
        return memory + frameCount(before: index) * classCount * frameSize.pixelCount
    }

    /// Frames of the ranges before one.
    private func frameCount(before index: Int) -> Int {
        var count = 0
        for before in 0..<index { count += ranges[before].count }
        return count
    }
}
