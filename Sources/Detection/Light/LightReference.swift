import Foundation
import Imaging

/// The resting picture of frames, and how much of it a frame shows.
///
/// The share of the picture is the slope of the frame's pixels over those of the picture: 1 with light, 0 without,
/// whatever the offset of the camera. Where the picture has no structure beyond noise, nothing can be said.
struct LightReference: Sendable {
    /// What the pixels hold at rest, and 0 for pixels without data; `[y][x]`.
    private var picture: [Float]
    private let isUsed: [Bool]
    /// 1 for pixels that are used, 0 for the others.
    private let weights: [Float]
    private let usedCount: Double
    private var mean: Double
    private var variance: Double
    /// Standard deviation that noise gives the slope.
    private let slopeNoise: Double
    private let hasStructure: Bool
    private var dark: Double
    /// Slope and level of frames with light, which follow bleaching.
    private var usualSlope = 1.0
    private var usualLevel = 1.0

    /// Shares of the usual slope and level below which there is no light.
    private static let darkSlope = 0.05
    private static let fallenLevel = 0.6
    /// Of so many frames the picture is made, and which of a pixel's sorted values it is: events and darkness are mostly
    /// shorter than the rest.
    private static let sampleCount = 64
    private static let quantile = 0.7
    /// The picture has to have structure at this value too: where the specimen itself is even, long waves would give the
    /// other one the structure that frames without them then lack.
    private static let restingQuantile = 0.35
    /// Variance of that value in units of that of a mean.
    private static let quantileVariance = 2.0
    private static let gain = 1.0 / 256

    /// - Parameters:
    ///   - frames: At least two frames that are not uniform.
    ///   - unused: True for pixels without data.
    ///   - least: The smallest count of the others.
    ///   - noiseVariance: Of a pixel.
    init(_ frames: [UnsafeBufferPointer<Float>], unused: [Bool], least: Float, noiseVariance: Double) {
        isUsed = unused.map { !$0 }
        weights = unused.map { $0 ? 0 : 1 }
        usedCount = Double(max(1, isUsed.count { $0 }))
        let count = min(frames.count, Self.sampleCount)
        let sample = (0..<count).map { frames[$0 * frames.count / count] }
        let network = SortingNetwork(count: count)
        var values = [SIMD8<Float>](repeating: .zero, count: count)
        var picture = [Float](repeating: 0, count: unused.count)
        var resting = picture
        for first in stride(from: 0, to: unused.count, by: SIMD8<Float>.scalarCount) {
            let pixels = first..<min(first + SIMD8<Float>.scalarCount, unused.count)
            for index in 0..<count {
                if pixels.count == SIMD8<Float>.scalarCount {
                    values[index] = SIMD8(sample[index], from: first)
                } else {
                    for pixel in pixels { values[index][pixel - first] = sample[index][pixel] }
                }
            }
            network.sort(&values)
            for pixel in pixels where isUsed[pixel] {
                picture[pixel] = values[Int(Self.quantile * Double(count - 1))][pixel - first]
                resting[pixel] = values[Int(Self.restingQuantile * Double(count - 1))][pixel - first]
            }
        }
        self.picture = picture
        dark = Double(least)
        (mean, variance) = Self.moments(of: picture, where: isUsed)
        let noise = Self.quantileVariance * noiseVariance / Double(count)
        let restingVariance = Self.moments(of: resting, where: isUsed).variance
        let hasRestingStructure = restingVariance - noise > 0.5 * restingVariance
        slopeNoise = variance > 0 ? (noiseVariance / (usedCount * variance)).squareRoot() : .infinity
        hasStructure = hasRestingStructure && variance - noise > 0.5 * variance && slopeNoise < 0.05
    }

    /// What stands for a frame without light.
    ///
    /// The resting picture, as light as frames are now, and nothing where there are no data. It has no event in it, unlike
    /// a copy of a neighbour.
    ///
    /// - Parameters:
    ///   - darkLevel: Becomes 0.
    ///   - range: Becomes 1 above it.
    /// - Returns: Normalised intensity, `[y][x]`.
    func substitute(aboveDarkLevel darkLevel: Float, range: Float) -> [Float] {
        let share = Float(usualLevel), least = Float(dark)
        return picture.indices.map { pixel in
            isUsed[pixel] ? (least + (picture[pixel] - least) * share - darkLevel) / range : 0
        }
    }

    private static func moments(of picture: [Float], where isUsed: [Bool]) -> (mean: Double, variance: Double) {
        let count = Double(max(1, isUsed.count { $0 }))
        var (mean, variance) = (0.0, 0.0)
        for pixel in picture.indices where isUsed[pixel] { mean += Double(picture[pixel]) }
        mean /= count
        for pixel in picture.indices where isUsed[pixel] {
            variance += (Double(picture[pixel]) - mean) * (Double(picture[pixel]) - mean)
        }
        return (mean, variance / count)
    }

    /// True if a frame shows nothing of the picture.
    func isDark(_ frame: UnsafeBufferPointer<Float>) -> Bool { isDark(share(of: frame)) }

    /// How light a frame is; 1 is the picture itself.
    func level(of frame: UnsafeBufferPointer<Float>) -> Double { share(of: frame).level }

    /// Tells of the next frame whether it has no light, and follows the light if it has.
    mutating func receive(_ frame: UnsafeBufferPointer<Float>) -> Bool {
        if LightSurvey.isUniform(frame) { return true }
        let share = share(of: frame)
        if isDark(share) { return true }
        usualSlope += Self.gain * (share.slope - usualSlope)
        usualLevel += Self.gain * (share.level - usualLevel)
        return false
    }

    /// The same of frames whose values were `(count - offset) / scale`.
    func rescaled(scale: Float, offset: Float) -> LightReference {
        var reference = self
        for pixel in picture.indices where isUsed[pixel] { reference.picture[pixel] = picture[pixel] * scale + offset }
        reference.mean = mean * Double(scale) + Double(offset)
        reference.variance = variance * Double(scale) * Double(scale)
        reference.dark = dark * Double(scale) + Double(offset)
        return reference
    }

    private struct Share {
        var slope: Double
        var level: Double
    }

    private func isDark(_ share: Share) -> Bool {
        hasStructure && share.slope < max(Self.darkSlope * usualSlope, 5 * slopeNoise)
            && share.level < Self.fallenLevel * usualLevel
    }

    /// How much of the picture a frame shows: by its structure, and by its level above the dark level.
    private func share(of frame: UnsafeBufferPointer<Float>) -> Share {
        picture.withUnsafeBufferPointer { picture in
            weights.withUnsafeBufferPointer { weights in share(of: frame, picture, weights) }
        }
    }

    private func share(
        of frame: UnsafeBufferPointer<Float>,
        _ picture: UnsafeBufferPointer<Float>,
        _ weights: UnsafeBufferPointer<Float>
    ) -> Share {
        var (covariance, level) = (0.0, 0.0)
        var start = 0
        // Rows of partial sums keep single precision exact enough.
        while start < frame.count {
            let end = min(start + 1024, frame.count)
            var (covariances, levels) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
            let whole = start + (end - start) / 8 * 8
            for first in stride(from: start, to: whole, by: 8) {
                let light = (SIMD8(frame, from: first) - Float(dark)) * SIMD8(weights, from: first)
                covariances += light * (SIMD8(picture, from: first) - Float(mean))
                levels += light
            }
            for pixel in whole..<end {
                let light = (frame[pixel] - Float(dark)) * weights[pixel]
                covariances[0] += light * (picture[pixel] - Float(mean))
                levels[0] += light
            }
            covariance += Double(covariances.sum())
            level += Double(levels.sum())
            start = end
        }
        let usual = mean - dark
        return Share(
            slope: variance > 0 ? covariance / usedCount / variance : 0,
            level: usual > 0 ? level / usedCount / usual : 1
        )
    }
}
