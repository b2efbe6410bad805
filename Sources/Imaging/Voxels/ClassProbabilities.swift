/// What the network says of every voxel, without its own background channel.
///
/// The three arrays hold one probability per voxel in the order `[t][y][x]`.
package struct ClassProbabilities: Sendable {
    package private(set) var spark: [Float]
    package private(set) var wave: [Float]
    package private(set) var puff: [Float]

    /// - Precondition: the three arrays have the same length.
    package init(spark: [Float], wave: [Float], puff: [Float]) {
        precondition(spark.count == wave.count && spark.count == puff.count, "one probability per class and voxel")
        self.spark = spark
        self.wave = wave
        self.puff = puff
    }

    /// Appends the frames that follow.
    package mutating func append(_ next: ClassProbabilities) {
        spark += next.spark
        wave += next.wave
        puff += next.puff
    }

    /// Number of voxels.
    package var count: Int { spark.count }

    /// The probability that a voxel belongs to any event, summed in the order sparks, waves, puffs.
    package var eventTotals: [Float] {
        Array(unsafeUninitializedCapacity: count) { totals, initializedCount in
            spark.withUnsafeBufferPointer { spark in
                wave.withUnsafeBufferPointer { wave in
                    puff.withUnsafeBufferPointer { puff in
                        for index in 0..<spark.count {
                            totals[index] = (spark[index] + wave[index]) + puff[index]
                        }
                    }
                }
            }
            initializedCount = spark.count
        }
    }
}
