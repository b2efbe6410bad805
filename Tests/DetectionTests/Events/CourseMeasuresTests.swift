import Detection
import Foundation
import Testing

@Suite struct CourseMeasuresTests {
    /// Rise with 3 frames, decay with 20, from frame 0 on.
    static func transient(_ time: Double) -> Double { time < 0 ? 0 : exp(-time / 20) - exp(-time / 3) }

    /// Expected values by scipy: `f = lambda t: exp(-t / 20) - exp(-t / 3)`, peak at `log(20 / 3) * 60 / 17`, crossings by
    /// `brentq` on either side of it, the area by `quad` between those of 5 %, the largest rise `f(1)`.
    @Test(arguments: [0, 0.4], [1, 3.0])
    func aTransientHasItsAnalyticValues(baseline: Double, scale: Double) throws {
        let course = try #require(
            CourseMeasures(in: -10...120, peakIn: 0...60, baseline: baseline) {
                baseline + scale * Self.transient($0)
            }
        )
        func isClose(_ value: Double?, _ expected: Double, tolerance: Double = 0.002) -> Bool {
            value.map { abs($0 - expected) < tolerance } ?? false
        }
        #expect(course.baseline == baseline)
        #expect(isClose(course.amplitude / scale, 0.6081675804926421, tolerance: 1e-5))
        // The peak is one of twenty samples a frame.
        #expect(isClose(course.peakTime, 6.695717593714875, tolerance: 0.05))
        #expect(isClose(course.halfRise, 1.392494023694166))
        #expect(isClose(course.halfFall, 23.785353510630312))
        #expect(isClose(course.lowRise, 0.10959759632084358))
        #expect(isClose(course.lowFall, 69.86074160409098))
        #expect(isClose(course.lineOnset, -0.3894296469978621))
        #expect(isClose(course.timeToShare, 1.9451757786592472 + 0.3894296469978621))
        #expect(isClose(course.decayStart, 15.446781331624619))
        #expect(isClose(course.area.map { $0 / scale }, 16.390154379999633, tolerance: 0.02))
        #expect(isClose(course.largestRise / scale, 0.23469811392692475, tolerance: 1e-5))
    }

    @Test func whatLiesOutsideOfTheCourseIsNil() throws {
        let cut = try #require(CourseMeasures(in: 0.2...20, peakIn: 0.2...20, baseline: 0, course: Self.transient))
        // 5 % are passed before the first value, half of the fall after the last.
        #expect(cut.lowRise == nil && cut.lineOnset != nil)
        #expect(cut.halfRise != nil && cut.halfFall == nil)
        #expect(cut.lowFall == nil && cut.area == nil)
        #expect(cut.decayStart != nil)
        #expect(CourseMeasures(in: 0...40, peakIn: 0...40, baseline: 1, course: Self.transient) == nil)
        #expect(CourseMeasures(in: 0...40, peakIn: 50...60, baseline: 0, course: Self.transient) == nil)
    }

    /// Two Gaussians of standard deviation 4 around 30 and 70; half of the peak lies 4.71 frames from their centres.
    @Test func ofTwoPeaksTheNearestOrOutermostCrossingsCount() throws {
        let reach = 4 * (2 * log(2.0)).squareRoot()
        func value(_ time: Double) -> Double {
            func gaussian(_ centre: Double) -> Double { exp(-(time - centre) * (time - centre) / 32) }
            return gaussian(30) + 0.9 * gaussian(70)
        }
        let nearest = try #require(CourseMeasures(in: 0...100, peakIn: 0...100, baseline: 0, course: value))
        #expect(abs(nearest.peakTime - 30) < 0.03)
        #expect(abs(try #require(nearest.halfRise) - (30 - reach)) < 0.002)
        #expect(abs(try #require(nearest.halfFall) - (30 + reach)) < 0.002)

        let outermost = try #require(
            CourseMeasures(in: 0...100, peakIn: 0...100, baseline: 0, crossings: .outermost, course: value)
        )
        let last = 70 + 4 * (2 * log(0.9 / 0.5)).squareRoot()
        #expect(abs(try #require(outermost.halfRise) - (30 - reach)) < 0.002)
        #expect(abs(try #require(outermost.halfFall) - last) < 0.002)
        // Both peaks: 1.9 times the integral of one, less the tails below 5 %.
        let integral = 1.9 * 4 * (2 * Double.pi).squareRoot()
        #expect(abs(try #require(outermost.area) / integral - 1) < 0.02)
    }
}
