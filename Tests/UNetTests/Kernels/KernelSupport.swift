import CKernels
import Imaging
import Testing
import UNet

/// The instruction sets that this processor has and SPARKWATCH_ISA allows.
let availableISAs = [CKernelsISA.portable, .avx2, .avx512].filter { $0.rawValue <= ckernels_isa().rawValue }

/// Whether the default algorithm has kernels for the vectors of this processor; else it stands for matrix products,
/// whose rounding depends on how much is computed at once.
let autoIsExact = ConvolutionAlgorithm.auto.resolved(hasVectorKernels: ckernels_has_vectors(ckernels_isa())) != .gemm

extension Trait where Self == ConditionTrait {
    /// Skips a test where an instruction set is missing.
    static func needs(_ isa: CKernelsISA) -> Self {
        .enabled(
            if: availableISAs.contains(isa),
            "this processor lacks \(isa == .avx512 ? "AVX-512" : "AVX2"), or SPARKWATCH_ISA forbids it"
        )
    }

    /// Skips a test where bfloat16 cannot be multiplied.
    static var needsBFloat16: Self {
        .enabled(
            if: ConvolutionAlgorithm.bfloat16.missingInstructions() == nil,
            "this processor lacks AVX512_BF16, or SPARKWATCH_ISA forbids it"
        )
    }
}

/// Reproducible numbers in -1 ..< 1.
struct SeededValues {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32) >> 8) / Float(1 << 23)
    }

    mutating func next(_ count: Int) -> [Float] {
        (0..<count).map { _ in next() }
    }
}

extension FrameStore {
    var size: FrameSize { FrameSize(height: Int(geometry.height), width: Int(geometry.width)) }

    /// Writes `[channel][frame][y][x]` into the first frames.
    func fill(with values: [Float], frames: Int) {
        eachCell(frames: frames) { index, frame, offset in self.frame(frame)[offset] = values[index] }
    }

    /// The cells of the first frames, `[channel][frame][y][x]`.
    func values(frames: Int) -> [Float] {
        var result: [Float] = []
        eachCell(frames: frames) { _, frame, offset in result.append(self.frame(frame)[offset]) }
        return result
    }

    /// True if nothing but the cells differs from zero: margins, and channels that fill up a block.
    func marginsAreZero() -> Bool {
        (0..<capacity).allSatisfy { slot in
            let all = allFloats(ofFrame: slot).count { $0 != 0 }
            var cells = 0
            eachCell(frames: 1) { _, _, offset in cells += self.frame(slot)[offset] != 0 ? 1 : 0 }
            return all == cells
        }
    }

    private func eachCell(frames: Int, _ body: (_ index: Int, _ frame: Int, _ offset: Int) -> Void) {
        var index = 0
        for channel in 0..<channels {
            for frame in 0..<frames {
                for y in 0..<size.height {
                    for x in 0..<size.width {
                        body(index, frame, offset(channel: channel, y: y, x: x))
                        index += 1
                    }
                }
            }
        }
    }
}

/// The largest difference of two lists of the same length.
func largestDifference(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Float {
    zip(a, b).reduce(0) { max($0, $1.0.isNaN || $1.1.isNaN ? .infinity : abs($1.0 - $1.1)) }
}

/// Runs a job whole, task by task.
func runAllTasks(_ count: Int32, _ run: (Int32) -> Void) {
    for task in (0..<count).reversed() { run(task) }
}
