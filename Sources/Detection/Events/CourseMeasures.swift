import Foundation
import Imaging
import UNet

/// What is read from a smooth time course: peak, crossings, area, steepness.
///
/// Times are in frames.
package struct CourseMeasures {
    package let baseline: Double
    package let peakTime: Double
    /// Peak above the baseline.
    package let amplitude: Double
    /// Crossings of half the amplitude and of 5 % of it, before and after the peak; nil outside of the course.
    package let halfRise: Double?
    package let halfFall: Double?
    package let lowRise: Double?
    package let lowFall: Double?
    /// Where the line through 25 and 75 % of the rise meets the baseline.
    package let lineOnset: Double?
    /// Integral above the baseline from 5 % to 5 %, in units of the values times frames.
    package let area: Double?
    /// Largest rise within one frame interval.
    package let largestRise: Double
    /// Time from ``lineOnset`` until 1 - 1/e of the amplitude is reached.
    package let timeToShare: Double?
    /// Last time at which three quarters of the amplitude are passed on the way down.
    package let decayStart: Double?

    /// Which crossings of a course with several peaks count.
    package enum Crossings {
        /// Those next to the highest peak.
        case nearest
        /// The first and the last.
        case outermost
    }

    private static let samplesPerFrame = 20

    /// Samples a course twenty times a frame; nil if there is no value above the baseline in `peakRange`.
    ///
    /// - Parameters:
    ///   - range: Where the course is known.
    ///   - peakRange: Where the peak is looked for.
    ///   - baseline: What amplitudes are counted from.
    ///   - crossings: Which of several crossings count.
    ///   - course: The value at a time.
    package init?(
        in range: ClosedRange<Double>,
        peakIn peakRange: ClosedRange<Double>,
        baseline: Double,
        crossings: Crossings = .nearest,
        course: (Double) -> Double
    ) {
        let step = 1 / Double(Self.samplesPerFrame)
        let count = Int(saturating: min((range.upperBound - range.lowerBound) / step, 1e6)) + 1
        let heights = (0..<count).map { course(range.lowerBound + Double($0) * step) - baseline }
        func time(_ index: Int) -> Double { range.lowerBound + Double(index) * step }
        let candidates = heights.indices.filter { peakRange.contains(time($0)) }
        guard let peak = candidates.max(by: { heights[$0] < heights[$1] }), heights[peak] > 0 else { return nil }
        let amplitude = heights[peak]

        func crossing(_ level: Double, _ indices: some Sequence<Int>, before: Int) -> Double? {
            for index in indices where heights[index] >= level && heights[index - before] < level {
                let fraction = (heights[index] - level) / (heights[index] - heights[index - before])
                return time(index) - Double(before) * fraction * step
            }
            return nil
        }
        func rise(_ share: Double, _ crossings: Crossings) -> Double? {
            guard peak >= 1 else { return nil }
            switch crossings {
            case .nearest: return crossing(share * amplitude, (1...peak).reversed(), before: 1)
            case .outermost: return crossing(share * amplitude, 1...peak, before: 1)
            }
        }
        func fall(_ share: Double) -> Double? {
            guard peak <= count - 2 else { return nil }
            switch crossings {
            case .nearest: return crossing(share * amplitude, peak...count - 2, before: -1)
            case .outermost: return crossing(share * amplitude, (peak...count - 2).reversed(), before: -1)
            }
        }

        self.baseline = baseline
        self.amplitude = amplitude
        peakTime = time(peak)
        halfRise = rise(0.5, crossings)
        halfFall = fall(0.5)
        lowRise = rise(0.05, crossings)
        lowFall = fall(0.05)
        if let quarter = rise(0.25, .nearest), let threeQuarters = rise(0.75, .nearest), threeQuarters > quarter {
            lineOnset = quarter - (threeQuarters - quarter) / 2
        } else {
            lineOnset = nil
        }
        if let lineOnset, let reached = rise(1 - 1 / M_E, crossings) {
            timeToShare = max(0, reached - lineOnset)
        } else {
            timeToShare = nil
        }
        decayStart = fall(0.75)
        if let lowRise, let lowFall {
            area = heights.indices.reduce(0) { sum, index in
                (lowRise...lowFall).contains(time(index)) ? sum + heights[index] * step : sum
            }
        } else {
            area = nil
        }
        var largestRise = 0.0
        for index in 0...peak {
            largestRise = max(largestRise, heights[min(index + Self.samplesPerFrame, count - 1)] - heights[index])
        }
        self.largestRise = largestRise
    }
}
