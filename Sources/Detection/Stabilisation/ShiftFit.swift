/// What comparing the blocks of a frame with the template says about where the cell is.
///
/// The light of a block that is displaced by (y, x) is, to first order, gain · (template - y · slopeY - x · slopeX) +
/// offset. Each block has a gain and an offset of its own, so that a wave that lights up a part of the cell moves nothing.
/// Blocks that fit badly (events), or that say something else than most, count less.
struct ShiftFit: Sendable {
    /// Displacement of the cell, in pixels.
    var y = 0.0
    var x = 0.0
    /// Standard errors along y and x, in pixels.
    var errorY = Double.infinity
    var errorX = Double.infinity
    /// Mean misfit of the blocks in units of the noise, 1 if only noise is left.
    var misfit = Double.infinity
    /// How much better the blocks fit if the cell may also stretch, shorten and shear: about 1 for each of the four ways
    /// to do so if only white noise makes them.
    var strain = 1.0
    /// Mean square displacement that goes with it, in squared pixels, where it can be seen.
    var strainSquarePixels = 0.0
    /// Light of the cell in units of that of the template.
    var brightness = 1.0
    /// Variance of a bin around the fit, by block; nil where the block was not in the frame.
    var variances: [Double?] = []
    /// What each block says, nil for those outside of the frame, and the weights of the others.
    private(set) var evidence: [BlockEvidence?] = []
    private(set) var weights: [Double] = []
}

/// What one block says.
struct BlockEvidence: Sendable {
    var weight = 0.0
    /// How much it knows of the shift, per squared pixel.
    var information = (yy: 0.0, yx: 0.0, xx: 0.0)
    /// The information times the shift that it wants.
    var pull = (y: 0.0, x: 0.0)
    /// Misfit in units of the noise.
    var misfit = 0.0
    var brightness = 1.0
    var variance = 0.0

    /// - Parameters:
    ///   - moments: Of the block.
    ///   - block: What the template says of it.
    ///   - bins: Of the block.
    ///   - noise: Variance of a bin that noise leaves.
    ///   - slopeNoise: Variance of the template's derivatives that noise leaves.
    ///   - darkLevelCounts: What no light gives.
    init(
        _ moments: BlockMoments,
        _ block: RestingTemplate.Block,
        bins: Double,
        noise: Double,
        slopeNoise: Double,
        darkLevelCounts: Double
    ) {
        let light = moments.template - block.mean * moments.one
        let ridge = 0.01 * bins * noise
        let variance = block.variance + ridge
        let gainChange = light / variance
        let y = moments.slopeY - block.slopeMean.y * moments.one - block.slopeTemplate.y * gainChange
        let x = moments.slopeX - block.slopeMean.x * moments.one - block.slopeTemplate.x * gainChange
        let slopes = block.slopes
        let determinant = slopes.yy * slopes.xx - slopes.yx * slopes.yx
        var rest = moments.square - moments.one * moments.one / bins - light * gainChange
        if determinant > 1e-6 * (slopes.yy * slopes.xx + 1e-12) {
            rest -= (slopes.xx * y * y - 2 * slopes.yx * y * x + slopes.yy * x * x) / determinant
        }
        self.variance = max(rest, 0) / (bins - 4)
        let resting = max(block.mean - darkLevelCounts, 1e-9)
        brightness = (resting + moments.one / bins) / resting
        let scale = noise * max(1, min(brightness, 50))
        misfit = self.variance / scale
        let gain = max(0, 1 + gainChange)
        // What noise adds to the sums; where there is little more, the block knows nothing.
        let noiseShare = bins * slopeNoise
        let yy = slopes.yy > 1.5 * noiseShare ? slopes.yy - noiseShare : 0
        let xx = slopes.xx > 1.5 * noiseShare ? slopes.xx - noiseShare : 0
        let yx = yy * xx > slopes.yx * slopes.yx ? slopes.yx : 0
        information = (gain * gain * yy / scale, gain * gain * yx / scale, gain * gain * xx / scale)
        pull = (yy > 0 ? -gain * y / scale : 0, xx > 0 ? -gain * x / scale : 0)
        let excess = max(1, misfit / Self.usualMisfit)
        weight = 1 / (excess * excess * excess)
    }

    /// Up to so much, noise alone explains it.
    private static let usualMisfit = 1.3

    /// What is left of the pull if the cell is displaced by so much.
    func remainder(y: Double, x: Double) -> (y: Double, x: Double) {
        (
            pull.y - information.yy * y - information.yx * x,
            pull.x - information.yx * y - information.xx * x
        )
    }

    /// Squared distance, in standard errors, of what the block wants from a shift; about two for noise alone.
    func disagreement(y: Double, x: Double) -> Double {
        let rest = remainder(y: y, x: x)
        let (yy, xx) = (information.yy + Self.prior, information.xx + Self.prior)
        let determinant = yy * xx - information.yx * information.yx
        return (xx * rest.y * rest.y - 2 * information.yx * rest.y * rest.x + yy * rest.x * rest.x) / determinant
    }

    /// A block that knows less than this of the shift wants none, per squared pixel.
    private static let prior = 1.0
}

extension ShiftFit {
    private static let rounds = 4
    /// Nothing else known, the shift differs from the expected one by so much, in pixels.
    private static let expectedSpread = 2.0
    /// Blocks disagree that differ from the shift by so many times the usual, squared.
    private static let tolerance = 4.0

    /// Joins the blocks.
    ///
    /// - Parameters:
    ///   - blocks: What each says; nil for those outside of the frame.
    ///   - expected: The shift that is expected, where the frame says nothing.
    init(_ blocks: [BlockEvidence?], expected: (y: Double, x: Double)) {
        let known = blocks.compactMap { $0 }
        variances = blocks.map { $0?.variance }
        // Far away few blocks are left in the frame, and fit anything.
        guard 2 * known.count > blocks.count else { return }
        let prior = 1 / (Self.expectedSpread * Self.expectedSpread)
        weights = known.map(\.weight)
        var (inverse, scale) = ((yy: 0.0, yx: 0.0, xx: 0.0), 1.0)
        for round in 0..<Self.rounds {
            var total = (yy: prior, yx: 0.0, xx: prior)
            var pull = (y: prior * expected.y, x: prior * expected.x)
            for (block, weight) in zip(known, weights) {
                total.yy += weight * block.information.yy
                total.yx += weight * block.information.yx
                total.xx += weight * block.information.xx
                pull.y += weight * block.pull.y
                pull.x += weight * block.pull.x
            }
            let determinant = total.yy * total.xx - total.yx * total.yx
            inverse = (total.xx / determinant, -total.yx / determinant, total.yy / determinant)
            y = inverse.yy * pull.y + inverse.yx * pull.x
            x = inverse.yx * pull.y + inverse.xx * pull.x
            guard round < Self.rounds - 1 else { break }
            let disagreements = known.map { $0.disagreement(y: y, x: x) }
            // The median of a chi-squared variable of two degrees of freedom is 1.39.
            scale = max(1, Self.middle(disagreements) / 1.39)
            weights = zip(known, disagreements).map { block, disagreement in
                block.weight / (1 + disagreement / (Self.tolerance * scale))
            }
        }
        estimateErrors(known, weights, inverse)
        evidence = blocks
        let informed = known.map { $0.information.yy + $0.information.xx }
        let sum = informed.reduce(0, +)
        if sum > 0 { misfit = zip(known, informed).reduce(0) { $0 + $1.1 * min($1.0.misfit, 4) } / sum }
        brightness = Self.middle(known.map(\.brightness))
    }

    /// The value that half of the others do not exceed, found without sorting all.
    ///
    /// - Precondition: not empty.
    static func middle(_ values: [Double]) -> Double {
        var values = values
        let place = values.count / 2
        return values.withUnsafeMutableBufferPointer { values in
            var (low, high) = (0, values.count - 1)
            while low < high {
                let pivot = values[(low + high) / 2]
                var (left, right) = (low, high)
                while left <= right {
                    while values[left] < pivot { left += 1 }
                    while values[right] > pivot { right -= 1 }
                    guard left <= right else { break }
                    values.swapAt(left, right)
                    left += 1
                    right -= 1
                }
                if place <= right { high = right } else if place >= left { low = left } else { break }
            }
            return values[place]
        }
    }

    /// From what the shift would be without each of the blocks, and at least what the noise says.
    ///
    /// A block that alone decides, and is contradicted by the others, makes the shift unsure.
    private mutating func estimateErrors(
        _ blocks: [BlockEvidence],
        _ weights: [Double],
        _ inverse: (yy: Double, yx: Double, xx: Double)
    ) {
        var (alongY, alongX) = (0.0, 0.0)
        for (block, weight) in zip(blocks, weights) where weight > 0 {
            let rest = block.remainder(y: y, x: x)
            let changeY = weight * (inverse.yy * rest.y + inverse.yx * rest.x)
            let changeX = weight * (inverse.yx * rest.y + inverse.xx * rest.x)
            let shareY = max(0.05, 1 - weight * inverse.yy * block.information.yy)
            let shareX = max(0.05, 1 - weight * inverse.xx * block.information.xx)
            alongY += changeY * changeY / (shareY * shareY)
            alongX += changeX * changeX / (shareX * shareX)
        }
        errorY = max(inverse.yy, alongY).squareRoot()
        errorX = max(inverse.xx, alongX).squareRoot()
    }
}
