import Imaging

/// A window that is being decided, and what it has decided so far.
struct WindowUnderWay {
    let window: Window
    /// What the network is still to be asked for, counted from the start of the window.
    var rounds: [[Range<Int>]]
    /// Slabs that the network is asked for in all, and those it has answered.
    private let slabCount: Int
    private var answeredSlabCount = 0
    var durations = StageDurations()
    /// Class of every voxel of the frames decided so far, `[t][y][x]`.
    var classes: [UInt8] = []
    var decidedFrameCount = 0
    var closed: [Instance] = []
    /// Nil unless they are to be kept.
    var probabilities: ClassProbabilities?
    /// Total event probability that a voxel had to exceed.
    var limit: Float = 0

    init(_ window: Window, rounds: [[Range<Int>]]) {
        self.window = window
        self.rounds = rounds
        slabCount = rounds.reduce(0) { $0 + $1.count }
    }

    /// Whether a slab has to be decided now for them to come evenly until the next window, one with every few frames.
    ///
    /// - Parameters:
    ///   - frameCount: Frames that came since the window was complete.
    ///   - stride: Frames from this window to the next.
    /// - Returns: False if there is time.
    func isDue(after frameCount: Int, of stride: Int) -> Bool {
        answeredSlabCount * stride <= slabCount * frameCount
    }

    mutating func countAnswer() { answeredSlabCount += 1 }

    /// The kept frames that are decided next.
    func nextFrames(_ count: Int) -> Range<Int> {
        let first = window.keptFrames.lowerBound + decidedFrameCount
        return first..<first + count
    }
}
