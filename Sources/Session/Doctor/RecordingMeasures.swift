import Foundation
import Imaging

/// What a survey of frames comes to; counts are on the 16-bit scale.
package struct RecordingMeasures: Sendable, Equatable {
    /// Frames that were looked at, and those that were not because they repeat the one before or hold no light.
    package var frameCount = 0
    package var repeatedFrameCount = 0
    package var darkFrameCount = 0
    package var smallestCount = 0.0
    package var largestCount = 0.0
    /// Share of the voxels with exactly these counts.
    package var smallestShare = 0.0
    package var largestShare = 0.0
    /// Counts that mean no light, as far as noise and its growth with light tell.
    package var darkLevelCounts = 0.0
    /// Mean counts of the bright tenth of the frame above the dark level.
    package var brightCounts = 0.0
    /// Counts that one detected photon makes, from how variance grows with the mean; nil where it does not.
    package var gainCountsPerPhoton: Double?
    /// Detected photons per pixel and frame in the bright tenth.
    package var photons: Double?
    /// Resting light of the cell over the standard deviation of a pixel.
    package var signalToNoise: Double?
    /// Change of the light from the first frames to the last, as a share of the first, and the time between them.
    package var lightChange = 0.0
    /// Standard deviation of the brightness of whole frames from one to the next, as a share.
    package var flicker = 0.0
    /// How much the pictures of even and odd frames differ, as a share of the picture's contrast.
    package var alternation = 0.0
    /// What recordings look like, in numbers that are about normally distributed over those of a training set.
    package var style: [StyleFeature: Double] = [:]

    private static let fewestFrames = 16
    private static let binCount = 12

    /// Concludes; nil if too few frames were looked at to say anything.
    package init?(_ survey: RecordingSurvey) {
        frameCount = survey.lookedAtCount
        repeatedFrameCount = survey.repeatedFrameCount
        darkFrameCount = survey.darkFrameCount
        guard frameCount >= Self.fewestFrames else { return nil }
        let voxelCount = Double(frameCount) * Double(survey.size.pixelCount)
        smallestCount = Double(survey.smallest.count)
        largestCount = Double(survey.largest.count)
        smallestShare = Double(survey.smallest.voxelCount) / voxelCount
        largestShare = Double(survey.largest.voxelCount) / voxelCount
        let picture = Picture(survey)
        guard picture.pixels.count >= Self.fewestFrames else { return nil }
        measureLight(picture)
        measureCourse(survey, picture)
        alternation = picture.alternation(survey)
        style = StyleFeature.values(of: survey, picture, self)
    }

    /// Photons by mean and variance: variance = gain x (mean - dark level) + read noise.
    private mutating func measureLight(_ picture: Picture) {
        let bins = picture.bins(Self.binCount)
        darkLevelCounts = smallestCount
        if let line = Self.line(bins.map(\.mean), bins.map(\.variance)), line.slope > 0 {
            gainCountsPerPhoton = line.slope
            // Where the variance would be nothing; the smallest count is lower by the tail of the noise.
            darkLevelCounts = max(smallestCount, min(-line.offset / line.slope, picture.blank))
        }
        brightCounts = picture.bright - darkLevelCounts
        if let gain = gainCountsPerPhoton, brightCounts > 0 { photons = brightCounts / gain }
        let cell = picture.cell
        let deviation = cell.variance.squareRoot()
        if deviation > 0 { signalToNoise = (cell.mean - darkLevelCounts) / deviation }
    }

    private mutating func measureCourse(_ survey: RecordingSurvey, _ picture: Picture) {
        let lights = survey.lights.map { $0 - darkLevelCounts }
        let mean = lights.reduce(0, +) / Double(lights.count)
        guard mean > 0 else { return }
        // Events make light; the lower third of every eighth is without most of them.
        let count = min(8, lights.count / 2)
        let levels = (0..<count).map { block in
            let part = lights[block * lights.count / count..<(block + 1) * lights.count / count].sorted()
            return part[part.count / 3]
        }
        // Waves last for some of the parts, not for all: the darkest part of either half, half of the recording apart.
        if let start = levels.prefix(count / 2).min(), let end = levels.suffix(count / 2).min(), start > 0 {
            let fall = 2 * (start - end)
            // The first half is at its darkest when nearly half of a fall is over.
            lightChange = -fall / max(start + 0.46 * fall, 0.2 * start)
        }
        let steps = zip(lights.dropFirst(), lights).map { ($0 - $1) * ($0 - $1) }
        let shot = picture.meanVariance / Double(picture.pixels.count)
        let excess = steps.reduce(0, +) / Double(2 * steps.count) - shot
        flicker = max(0, excess).squareRoot() / mean
    }

    /// Least squares; nil if the places are all the same.
    static func line(_ places: [Double], _ values: [Double]) -> (slope: Double, offset: Double)? {
        let count = Double(places.count)
        guard places.count >= 3 else { return nil }
        let (x, y) = (places.reduce(0, +) / count, values.reduce(0, +) / count)
        let square = places.reduce(0) { $0 + ($1 - x) * ($1 - x) }
        guard square > 0 else { return nil }
        let slope = zip(places, values).reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) } / square
        return (slope, y - slope * x)
    }
}

/// The mean image of a survey with its noise; pixels that never change hold no data and take no part.
struct Picture {
    let size: FrameSize
    /// Pixels with data, by their mean.
    let pixels: [Int]
    let means: [Double]
    let variances: [Double]
    /// Quantiles of the means: the darkest hundredth, the brightest tenth.
    let blank: Double
    let bright: Double
    /// Pixels of the cell: above 35 % of the way from the 5 % to the 95 % quantile.
    let cellPixels: [Int]

    init(_ survey: RecordingSurvey) {
        size = survey.size
        let all = 0..<survey.size.pixelCount
        let means = all.map(survey.mean), variances = all.map(survey.noiseVariance)
        let pixels = all.filter { variances[$0] > 0 }.sorted { means[$0] < means[$1] }
        func quantile(_ share: Double) -> Double {
            pixels.isEmpty ? 0 : means[pixels[Int(share * Double(pixels.count - 1))]]
        }
        (blank, bright) = (quantile(0.01), quantile(0.9))
        let edge = quantile(0.05) + 0.35 * (quantile(0.95) - quantile(0.05))
        cellPixels = pixels.filter { means[$0] >= edge }
        self.pixels = pixels
        self.means = means
        self.variances = variances
    }

    var meanVariance: Double { pixels.reduce(0) { $0 + variances[$1] } / Double(max(1, pixels.count)) }

    /// Medians over the cell.
    var cell: (mean: Double, variance: Double) {
        (median(cellPixels.map { means[$0] }), median(cellPixels.map { variances[$0] }))
    }

    /// Medians of mean and variance over pixels of like mean; the brightest hundredth, which may saturate, is left out.
    func bins(_ count: Int) -> [(mean: Double, variance: Double)] {
        let used = pixels.prefix(pixels.count - pixels.count / 100)
        return (0..<count).compactMap { bin in
            let part = used[bin * used.count / count..<(bin + 1) * used.count / count]
            guard !part.isEmpty else { return nil }
            return (median(part.map { means[$0] }), median(part.map { variances[$0] }))
        }
    }

    func alternation(_ survey: RecordingSurvey) -> Double {
        let pairs = pixels.map(survey.alternateMeans)
        let count = Double(pairs.count)
        let (even, odd) = (pairs.reduce(0) { $0 + $1.even } / count, pairs.reduce(0) { $0 + $1.odd } / count)
        var (product, square, evenSquare) = (0.0, 0.0, 0.0)
        for pair in pairs {
            product += (pair.even - even) * (pair.odd - odd)
            square += (pair.odd - odd) * (pair.odd - odd)
            evenSquare += (pair.even - even) * (pair.even - even)
        }
        let noise = 4 * meanVariance * count / Double(survey.lookedAtCount)
        // What is left of the even picture beside the odd one, however much brighter it is.
        let rest = square > 0 ? evenSquare - product * product / square : evenSquare
        let contrast = max(square, evenSquare)
        return contrast > 4 * noise ? (max(0, rest - noise) / contrast).squareRoot() : 0
    }

    func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}
