import Foundation
import Session
import TestSupport
import Testing

@Suite struct LatencyHistogramTests {
    /// Smallest value that at least the share of all values does not exceed.
    func exact(_ values: [Double], _ percentage: Double) -> Double {
        values.sorted()[max(1, Int((percentage / 100 * Double(values.count)).rounded(.up))) - 1]
    }

    @Test(arguments: [1, 2, 99, 1000, 5000])
    func percentilesAreWithinOnePercentOfTheExactOnesOfTheLastThousand(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        var histogram = LatencyHistogram(capacity: 1000)
        var values: [Double] = []
        for index in 0..<count {
            // Six decades; the second half is slower, so that forgetting shows.
            let value = pow(10, Double.random(in: -2...4, using: &random)) * (index < count / 2 ? 1 : 30)
            values.append(value)
            histogram.record(milliseconds: value)
        }
        let recent = Array(values.suffix(1000))
        #expect(histogram.count == recent.count)
        for percentage in [0.0, 1, 25, 50, 75, 95, 99, 99.9, 100] {
            let expected = exact(recent, percentage)
            let value = try #require(histogram.percentile(percentage))
            #expect(abs(value - expected) <= 0.0100 * expected, "p\(percentage) of \(count)")
        }
    }

    @Test func emptyRecordHasNoPercentile() {
        #expect(LatencyHistogram().percentile(50) == nil)
    }

    @Test func valuesOutsideTheRangeCountAsItsEnds() throws {
        var histogram = LatencyHistogram(capacity: 8)
        for value in [-5.0, 0, .infinity, -.infinity, 1e300] { histogram.record(milliseconds: value) }
        histogram.record(milliseconds: .nan)
        #expect(histogram.count == 5)
        #expect(try #require(histogram.percentile(0)) < 0.0011)
        let largest = try #require(histogram.percentile(100))
        #expect(abs(largest - 3.6e6) < 0.02 * 3.6e6)
    }
}
