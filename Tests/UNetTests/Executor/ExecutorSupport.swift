import CKernels
import Imaging
import TestSupport
import UNet

extension SlidingUNet {
    /// All classes of every wanted range, `[range][class][t][y][x]`.
    func advance(by frames: some Collection<Float>, wanted: [Range<Int>]) throws -> [[[Float]]] {
        let probabilities = try Array(frames).withUnsafeBufferPointer { try advance(by: $0, wanted: wanted) }
        return wanted.indices.map { index in
            NetworkClass.allCases.map { probabilities.channel($0, ofRange: index) }
        }
    }
}

/// Normalised frames.
struct TestMovie {
    let size: FrameSize
    /// Intensities, `[t][y][x]`.
    let values: [Float]

    init(size: FrameSize, values: [Float]) {
        self.size = size
        self.values = values
    }

    /// Random intensities between 0 and 1.
    init(frames: Int, size: FrameSize, seed: UInt64) {
        self.size = size
        var random = SeededValues(seed: seed)
        values = (0..<frames * size.pixelCount).map { _ in abs(random.next()) }
    }

    /// Some frames, `[t][y][x]`.
    subscript(frames: Range<Int>) -> ArraySlice<Float> {
        values[frames.lowerBound * size.pixelCount..<frames.upperBound * size.pixelCount]
    }
}
