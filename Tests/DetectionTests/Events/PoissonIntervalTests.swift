import Detection
import Testing

@Suite struct PoissonIntervalTests {
    /// By scipy 1.17: `chi2.ppf(0.025, 2 * n) / 2` and `chi2.ppf(0.975, 2 * n + 2) / 2`.
    ///
    /// At 690 and 695 the upper bound lies where `exp(-expected)` is subnormal.
    @Test(arguments: [
        (0, 0, 3.6888794541139354), (1, 0.025317807984289876, 5.571643390938898),
        (5, 1.6234863901184207, 11.66833207932267), (50, 37.110963737461866, 65.91876666433681),
        (690, 639.4695567140727, 743.4618503209475), (695, 644.2833341794687, 748.6479399284652),
        (1000, 938.9730184076952, 1063.952136016302),
    ])
    func boundsAreThoseOfGarwood(count: Int, lower: Double, upper: Double) {
        let interval = PoissonInterval(count: count)
        #expect(abs(interval.lower - lower) <= 1e-9 * lower)
        #expect(abs(interval.upper - upper) <= 1e-9 * upper)
    }

    @Test func boundsRiseWithTheCountAndEncloseIt() {
        let counts = Array(0...30) + Array(stride(from: 600, through: 780, by: 6))
        let intervals = counts.map { PoissonInterval(count: $0) }
        for (count, interval) in zip(counts, intervals) {
            #expect(interval.lower <= Double(count) && Double(count) < interval.upper)
        }
        for (former, latter) in zip(intervals, intervals.dropFirst()) {
            #expect(former.lower < latter.lower && former.upper < latter.upper)
        }
    }
}
