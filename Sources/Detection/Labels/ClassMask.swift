package import Imaging

/// The class of every voxel and how probable it is, in the order `[t][y][x]`.
///
/// Follows the published rule (`quirks.md`, Class mask): a voxel is kept if its total event probability
/// is above the threshold, and kept voxels take the most probable of **four** classes, background
/// included; ties go to the lowest class number.
package struct ClassMask: Sendable {
    /// Background 0 or the raw value of an ``EventClass``.
    package let classes: [UInt8]
    /// Probability of that class; for background 1 minus the three event probabilities.
    package let confidence: [Float]

    /// - Precondition: one confidence per class.
    init(classes: [UInt8], confidence: [Float]) {
        precondition(classes.count == confidence.count)
        self.classes = classes
        self.confidence = confidence
    }

    /// Classifies a slab or a whole movie with a given threshold.
    package init(_ probabilities: ClassProbabilities, threshold: Float) {
        self = probabilities.spark.withUnsafeBufferPointer { spark in
            probabilities.wave.withUnsafeBufferPointer { wave in
                probabilities.puff.withUnsafeBufferPointer { puff in
                    ClassMask(spark: spark, wave: wave, puff: puff, threshold: threshold)
                }
            }
        }
    }

    /// Classifies probabilities that lie in memory owned by others.
    ///
    /// - Parameters:
    ///   - spark: probability of a spark per voxel, `[t][y][x]`.
    ///   - wave: probability of a wave per voxel.
    ///   - puff: probability of a puff per voxel.
    ///   - threshold: total event probability that a voxel must exceed to be kept.
    /// - Precondition: the three planes have the same length.
    package init(
        spark: UnsafeBufferPointer<Float>,
        wave: UnsafeBufferPointer<Float>,
        puff: UnsafeBufferPointer<Float>,
        threshold: Float
    ) {
        let voxelCount = spark.count
        precondition(wave.count == voxelCount && puff.count == voxelCount, "one probability per class and voxel")
        var confidence = [Float](repeating: 0, count: voxelCount)
        classes = Array(unsafeUninitializedCapacity: voxelCount) { classes, initializedCount in
            confidence.withUnsafeMutableBufferPointer { confidence in
                for index in 0..<voxelCount {
                    let total = (spark[index] + wave[index]) + puff[index]
                    let background = 1 - total
                    var best = background
                    var winner = EventClass.background
                    if spark[index] > best {
                        best = spark[index]
                        winner = EventClass.spark.rawValue
                    }
                    if wave[index] > best {
                        best = wave[index]
                        winner = EventClass.wave.rawValue
                    }
                    if puff[index] > best {
                        best = puff[index]
                        winner = EventClass.puff.rawValue
                    }
                    let isKept = total > threshold
                    classes[index] = isKept ? winner : EventClass.background
                    confidence[index] = isKept ? best : background
                }
            }
            initializedCount = voxelCount
        }
        self.confidence = confidence
    }
}
