import Testing
import sparksim

@Suite struct SeededRandomTests {
    /// The published test vector of SplitMix64.
    @Test func bitsAreThoseOfSplitMix64() {
        var random = SeededRandom(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.map { _ in random.next() } == expected)
    }

    @Test func streamsDoNotDependOnEachOther() {
        let root = SeededRandom(seed: 5)
        var first = root.stream(1)
        _ = first.next()
        var again = root.stream(1)
        var other = root.stream(2)
        let value = again.next()
        var expected = root.stream(1)
        #expect(value == expected.next())
        #expect(value != other.next())
    }

    @Test(arguments: [0.3, 3.0, 11.9, 12.1, 80.0])
    func poissonHasItsMeanAndVariance(mean: Double) {
        var random = SeededRandom(seed: 9)
        let values = (0..<40_000).map { _ in Double(random.poisson(mean: mean)) }
        let (sampleMean, variance) = moments(values)
        #expect(abs(sampleMean - mean) < 5 * (mean / 40_000).squareRoot())
        #expect(abs(variance / mean - 1) < 0.06)
    }

    @Test func normalHasItsMeanAndVariance() {
        var random = SeededRandom(seed: 10)
        let (mean, variance) = moments((0..<40_000).map { _ in random.normal(mean: 3, standardDeviation: 2) })
        #expect(abs(mean - 3) < 0.05)
        #expect(abs(variance - 4) < 0.15)
    }

    @Test func integersCoverTheirRangeEvenly() {
        var random = SeededRandom(seed: 11)
        var counts = [0, 0, 0, 0]
        for _ in 0..<40_000 { counts[random.integer(2...5) - 2] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 450 })
    }

    private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        return (mean, variance)
    }
}
