import Foundation

/// Percentiles of the last few thousand latencies, in fixed memory.
///
/// Values are counted in logarithmic buckets 2 % wide from 1 µs to 1 h, so a percentile is within 1 % of the exact
/// one; values outside count as the nearest bucket. A ring of bucket numbers makes the record slide.
package struct LatencyHistogram: Sendable {
    /// Number of latencies that the percentiles are taken over.
    package let capacity: Int

    private static let smallestMilliseconds = 1e-3
    private static let largestMilliseconds = 3.6e6
    private static let logRatio = log(1.02)
    private static let bucketCount = Int(log(largestMilliseconds / smallestMilliseconds) / logRatio) + 1

    private var counts = [Int32](repeating: 0, count: bucketCount)
    private var recent: [UInt16]
    private var nextSlot = 0
    private var recorded = 0

    /// - Precondition: the capacity is positive.
    package init(capacity: Int = 4096) {
        precondition(capacity > 0, "a record holds at least one latency")
        self.capacity = capacity
        recent = [UInt16](repeating: 0, count: capacity)
    }

    /// Number of latencies in the record.
    package var count: Int { min(recorded, capacity) }

    /// Adds a latency and forgets the oldest if the record is full; one that is not a number is ignored.
    ///
    /// - Complexity: O(1)
    package mutating func record(milliseconds: Double) {
        guard !milliseconds.isNaN else { return }
        let clamped = min(max(milliseconds, Self.smallestMilliseconds), Self.largestMilliseconds)
        let position = log(clamped / Self.smallestMilliseconds) / Self.logRatio
        let bucket = min(Int(position), Self.bucketCount - 1)
        if recorded >= capacity { counts[Int(recent[nextSlot])] -= 1 }
        recent[nextSlot] = UInt16(bucket)
        counts[bucket] += 1
        nextSlot = (nextSlot + 1) % capacity
        recorded = min(recorded + 1, capacity)
    }

    /// The smallest latency that at least this share of the record does not exceed, in ms; nil if nothing is recorded.
    ///
    /// - Precondition: the percentage is 0 to 100.
    /// - Complexity: O(buckets)
    package func percentile(_ percentage: Double) -> Double? {
        precondition((0...100).contains(percentage), "a percentage is 0 to 100")
        guard count > 0 else { return nil }
        let rank = max(1, Int((percentage / 100 * Double(count)).rounded(.up)))
        var seen = 0
        for (bucket, bucketEntries) in counts.enumerated() {
            seen += Int(bucketEntries)
            if seen >= rank { return Self.smallestMilliseconds * exp((Double(bucket) + 0.5) * Self.logRatio) }
        }
        return nil
    }

    /// The percentiles that are published; nil if nothing is recorded.
    package var percentiles: LatencyPercentiles? {
        guard let p50 = percentile(50), let p95 = percentile(95), let p99 = percentile(99) else { return nil }
        return LatencyPercentiles(p50Milliseconds: p50, p95Milliseconds: p95, p99Milliseconds: p99)
    }
}

/// How long things took, in ms: half, 95 % and 99 % of them took at most so long.
package struct LatencyPercentiles: Sendable, Equatable {
    package var p50Milliseconds: Double
    package var p95Milliseconds: Double
    package var p99Milliseconds: Double

    package init(p50Milliseconds: Double, p95Milliseconds: Double, p99Milliseconds: Double) {
        self.p50Milliseconds = p50Milliseconds
        self.p95Milliseconds = p95Milliseconds
        self.p99Milliseconds = p99Milliseconds
    }
}
