import Foundation
package import Imaging

/// The resting intensity F0 of every pixel, from the pixel's own event-free past.
///
/// F0 is a bias-corrected exponential mean over the frames in which the pixel was quiet: background in the frame
/// itself and in ``guardFrameCount`` frames on either side. The guard keeps the slow rise before an event's label and
/// the tail after it out of the mean; it is a short delay line, so the mean lags by the guard. The bias correction
/// makes the estimate a true weighted mean from the first quiet frame on, without a start value.
///
/// Causal: F0 of a frame depends on earlier frames only. Values that are not finite are left out.
/// Memory: ``guardFrameCount`` + 3 values per pixel, however long the recording.
package struct RestingBaseline: Sendable {
    package let size: FrameSize
    /// Number of quiet frames after which the weight of a frame has fallen to 1/e.
    package let timeConstantFrames: Double
    /// Number of quiet frames that a pixel needs before its F0 is given.
    package let minimumFrameCount: Int
    /// Number of background frames that a quiet frame needs before and after itself.
    package let guardFrameCount: Int

    /// Values of memory per pixel with the usual guard.
    static let valuesPerPixel = 6

    private let gain: Float
    private let minimumWeight: Float
    /// Sum of weighted intensities and sum of weights of the quiet frames, `[y][x]`.
    private var weightedSum: [Float]
    private var weight: [Float]
    /// Length of the present run of background frames, capped at a full guard on either side, `[y][x]`.
    private var backgroundRun: [Int32]
    /// The last ``guardFrameCount`` frames, `[frame modulo guardFrameCount][y][x]`.
    private var delayLine: [Float]
    private var delaySlot = 0

    /// Starts without a past; frames before the first count as background.
    ///
    /// - Precondition: the time constant is positive, the two counts are at least 1.
    package init(
        size: FrameSize,
        timeConstantFrames: Double = 128,
        minimumFrameCount: Int = 16,
        guardFrameCount: Int = 3
    ) {
        precondition(timeConstantFrames > 0 && minimumFrameCount >= 1 && guardFrameCount >= 1)
        self.size = size
        self.timeConstantFrames = timeConstantFrames
        self.minimumFrameCount = minimumFrameCount
        self.guardFrameCount = guardFrameCount
        let gain = 1 - exp(-1 / timeConstantFrames)
        self.gain = Float(gain)
        // Half a frame of tolerance for the rounding of the running weight.
        self.minimumWeight = Float(1 - exp(-(Double(minimumFrameCount) - 0.5) / timeConstantFrames))
        self.weightedSum = [Float](repeating: 0, count: size.pixelCount)
        self.weight = [Float](repeating: 0, count: size.pixelCount)
        self.backgroundRun = [Int32](repeating: Int32(guardFrameCount), count: size.pixelCount)
        self.delayLine = [Float](repeating: 0, count: guardFrameCount * size.pixelCount)
    }

    /// Takes in consecutive frames and writes the F0 that each had before it was taken in.
    ///
    /// All three arrays hold the same whole number of frames, `[t][y][x]`.
    ///
    /// - Parameters:
    ///   - intensity: Normalised intensity, see ``LabelSlab/intensity``.
    ///   - classes: Class mask; everything but ``EventClass/background`` is kept out of the mean.
    ///   - gaps: What takes no part: F0 goes on over such frames, and stays unknown at such pixels.
    ///   - baseline: Overwritten with F0 on the scale of the intensity; NaN while a pixel has too short a past.
    /// - Complexity: O(voxels), nothing allocated.
    package mutating func advance(
        intensity: [Float],
        classes: [UInt8],
        gaps: LightGaps = LightGaps(),
        baseline: inout [Float]
    ) {
        let pixelCount = size.pixelCount
        precondition(intensity.count.isMultiple(of: pixelCount), "the arrays hold whole frames")
        precondition(classes.count == intensity.count && baseline.count == intensity.count)
        let frameCount = intensity.count / pixelCount
        intensity.withUnsafeBufferPointer { intensity in
            classes.withUnsafeBufferPointer { classes in
                baseline.withUnsafeMutableBufferPointer { baseline in
                    for frame in 0..<frameCount {
                        let pixels = frame * pixelCount..<(frame + 1) * pixelCount
                        let baseline = UnsafeMutableBufferPointer(rebasing: baseline[pixels])
                        if gaps.leavesOut(frame) {
                            write(baseline)
                        } else {
                            advance(
                                intensity: UnsafeBufferPointer(rebasing: intensity[pixels]),
                                classes: UnsafeBufferPointer(rebasing: classes[pixels]),
                                baseline: baseline
                            )
                        }
                        guard let unused = gaps.unusedPixels else { continue }
                        for pixel in unused.indices where unused[pixel] { baseline[pixel] = .nan }
                    }
                }
            }
        }
    }

    /// One frame, in four loops over few arrays each and without branches: the compiler makes vector code of them.
    private mutating func advance(
        intensity: UnsafeBufferPointer<Float>,
        classes: UnsafeBufferPointer<UInt8>,
        baseline: UnsafeMutableBufferPointer<Float>
    ) {
        write(baseline)
        extendBackgroundRuns(classes)
        let delayed = delaySlot * size.pixelCount..<(delaySlot + 1) * size.pixelCount
        delaySlot = (delaySlot + 1) % guardFrameCount
        takeQuietPixels(ofDelayed: delayed)
        delayLine.withUnsafeMutableBufferPointer { delayLine in
            _ = UnsafeMutableBufferPointer(rebasing: delayLine[delayed]).update(fromContentsOf: intensity)
        }
    }

    /// The means so far.
    private func write(_ baseline: UnsafeMutableBufferPointer<Float>) {
        let minimumWeight = minimumWeight
        weightedSum.withUnsafeBufferPointer { weightedSum in
            weight.withUnsafeBufferPointer { weight in
                for pixel in 0..<weight.count {
                    let mean = weightedSum[pixel] / weight[pixel]
                    baseline[pixel] = weight[pixel] >= minimumWeight ? mean : .nan
                }
            }
        }
    }

    private mutating func extendBackgroundRuns(_ classes: UnsafeBufferPointer<UInt8>) {
        let quietRun = quietRun
        backgroundRun.withUnsafeMutableBufferPointer { backgroundRun in
            for pixel in 0..<backgroundRun.count {
                let longerRun = min(backgroundRun[pixel] &+ 1, quietRun)
                backgroundRun[pixel] = classes[pixel] == EventClass.background ? longerRun : 0
            }
        }
    }

    /// Adds the frame that leaves the delay line to the means of the pixels that were quiet in it.
    private mutating func takeQuietPixels(ofDelayed delayed: Range<Int>) {
        let gain = gain
        let quietRun = quietRun
        weightedSum.withUnsafeMutableBufferPointer { weightedSum in
            weight.withUnsafeMutableBufferPointer { weight in
                backgroundRun.withUnsafeBufferPointer { backgroundRun in
                    delayLine.withUnsafeBufferPointer { delayLine in
                        let values = UnsafeBufferPointer(rebasing: delayLine[delayed])
                        for pixel in 0..<values.count {
                            let isQuiet = backgroundRun[pixel] == quietRun
                            let isFinite = abs(values[pixel]) <= .greatestFiniteMagnitude
                            let share: Float = isQuiet ? (isFinite ? gain : 0) : 0
                            let value: Float = isFinite ? values[pixel] : 0
                            weightedSum[pixel] += share * (value - weightedSum[pixel])
                            weight[pixel] += share * (1 - weight[pixel])
                        }
                    }
                }
            }
        }
    }

    /// Length of a run in whose middle a frame is quiet.
    private var quietRun: Int32 { Int32(2 * guardFrameCount + 1) }
}
