import Detection
import Foundation
import Testing

@Suite struct PeakWidthTests {
    private func width(of profile: (Double) -> Double, knots: Double = 3, peakIn range: ClosedRange<Double> = 15...25)
        -> PeakWidth?
    {
        let positions = (0...40).map(Double.init)
        return PeakWidth(
            positions: positions,
            values: positions.map(profile),
            weights: positions.map { _ in 1 },
            knotDistance: knots,
            peakIn: range
        )
    }

    @Test(arguments: [2.5, 4.0, 6.0], [18.3, 20.0, 21.9])
    func gaussian(sigma: Double, centre: Double) throws {
        let found = try #require(
            width(of: { exp(-0.5 * ($0 - centre) * ($0 - centre) / (sigma * sigma)) }, knots: 0.8 * sigma)
        )
        #expect(abs(found.width / (2.354_820_045 * sigma) - 1) < 0.02)
        #expect(abs(found.peak - centre) < 0.3)
    }

    /// Half of the height is passed 6 samples to the left of the peak and 10 to the right.
    @Test func lopsided() throws {
        let found = try #require(width { $0 < 18 ? max(0, 1 - (18 - $0) / 12) : max(0, 1 - ($0 - 18) / 20) })
        #expect(abs(found.width - 16) < 0.5)
    }

    @Test func nextToThePeakOnly() throws {
        let found = try #require(
            width { exp(-0.5 * ($0 - 20) * ($0 - 20) / 9) + 0.9 * exp(-0.5 * ($0 - 36) * ($0 - 36) / 4) }
        )
        #expect(abs(found.width / 7.06 - 1) < 0.03)
    }

    @Test func whatIsCutOffHasNoWidth() {
        #expect(width(of: { exp(-0.5 * ($0 - 40) * ($0 - 40) / 100) }, peakIn: 35...40) == nil)
        #expect(width { _ in 1 } == nil)
        #expect(width { _ in -1 } == nil)
    }

    @Test func tooFewSamples() {
        #expect(PeakWidth(positions: [1], values: [1], weights: [1], knotDistance: 2, peakIn: 0...2) == nil)
        #expect(PeakWidth(positions: [], values: [], weights: [], knotDistance: 2, peakIn: 0...2) == nil)
    }
}
