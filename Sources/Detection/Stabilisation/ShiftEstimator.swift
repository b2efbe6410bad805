import Imaging

/// Finds where the cell is in a frame.
///
/// Gauss-Newton steps from where it is expected: each bins the frame displaced by whole pixels and fits what is left.
/// If the blocks do not fit there, a search over a few pixels around finds another start.
struct ShiftEstimator {
    let grid: BlockGrid
    var template: RestingTemplate
    /// Variance of a bin around the fit in quiet frames, by block.
    var noise: [Double]

    private var bins: [Float]
    private var line: [Float]
    private var scratch: [Float]

    /// Steps from one start, and how far from whole pixels the linear fit is trusted.
    private static let mostSteps = 4
    private static let trustedDistance = 0.6
    /// A fit that is worse by this factor than noise calls for a search.
    private static let poorMisfit = 1.4
    private static let improvement = 0.95

    init(_ template: RestingTemplate, noise: [Double]) {
        grid = template.grid
        self.template = template
        self.noise = noise
        bins = [Float](repeating: 0, count: grid.binCount)
        line = [Float](repeating: 0, count: grid.columns * grid.binSide)
        scratch = [Float](repeating: 0, count: grid.binCount / 4)
    }

    /// Finds the displacement of the cell in a frame.
    ///
    /// - Parameters:
    ///   - frame: Pixels, `[y][x]`.
    ///   - last: Where it was in the frame before; the search starts here.
    ///   - expected: Where it is on the whole, as far as the frame says nothing.
    ///   - reach: How far from there it can be, in pixels: farther away a wave may look like the cell at rest.
    ///   - isFast: True if the cell moves by pixels from frame to frame: then it is searched around where it is on the
    ///     whole, too.
    /// - Returns: Where the cell is, and how sure that is.
    mutating func fit(
        _ frame: UnsafePointer<Float>,
        last: (y: Double, x: Double),
        expected: (y: Double, x: Double),
        reach: Double,
        isFast: Bool = false
    ) -> ShiftFit {
        func isNear(_ fit: ShiftFit) -> Bool {
            max(abs(fit.y - expected.y), abs(fit.x - expected.x)) <= reach
        }
        let start = (y: Int(last.y.rounded()), x: Int(last.x.rounded()))
        var best = refine(frame, from: start, expected)
        if isFast || best.fit.misfit > Self.poorMisfit {
            let centre = isFast ? (y: Int(expected.y.rounded()), x: Int(expected.x.rounded())) : start
            let other = refine(frame, from: search(frame, around: centre), expected)
            let improvement = isFast && !isNear(best.fit) ? .infinity : isFast ? 1 : Self.improvement
            if isNear(other.fit), other.fit.misfit < improvement * best.fit.misfit { best = other }
        }
        guard isNear(best.fit) else { return ShiftFit() }
        best.fit.estimateStrain(from: best.place, grid)
        return best.fit
    }

    /// Variance of a bin around the fit of a frame that is not displaced, by block.
    mutating func variances(of frame: UnsafePointer<Float>) -> [Double] {
        fill(from: frame, y: 0, x: 0)
        return evidence(at: (0, 0)).map { $0?.variance ?? 0 }
    }

    /// Takes steps until what is left is part of a pixel.
    private mutating func refine(
        _ frame: UnsafePointer<Float>,
        from start: (y: Int, x: Int),
        _ expected: (y: Double, x: Double)
    ) -> (fit: ShiftFit, place: (y: Int, x: Int)) {
        var place = start
        var best = (fit: ShiftFit(), place: start)
        for _ in 0..<Self.mostSteps {
            let found = step(frame, at: place, expected)
            if found.misfit < best.fit.misfit { best = (found, place) }
            let (y, x) = (found.y - Double(place.y), found.x - Double(place.x))
            guard max(abs(y), abs(x)) > Self.trustedDistance else { return (found, place) }
            let limit = Double(2 * grid.binSide)
            place.y += Int(min(max(y, -limit), limit).rounded())
            place.x += Int(min(max(x, -limit), limit).rounded())
            guard abs(place.y) < grid.size.height / 2, abs(place.x) < grid.size.width / 2 else { break }
        }
        return best
    }

    /// One fit, around a displacement by whole pixels.
    private mutating func step(
        _ frame: UnsafePointer<Float>,
        at place: (y: Int, x: Int),
        _ expected: (y: Double, x: Double)
    ) -> ShiftFit {
        fill(from: frame, y: place.y, x: place.x)
        var fit = ShiftFit(
            evidence(at: place),
            expected: (expected.y - Double(place.y), expected.x - Double(place.x))
        )
        fit.y += Double(place.y)
        fit.x += Double(place.x)
        return fit
    }

    private mutating func fill(from frame: UnsafePointer<Float>, y: Int, x: Int) {
        let grid = grid
        bins.withUnsafeMutableBufferPointer { bins in
            line.withUnsafeMutableBufferPointer { line in
                BinnedFrame.fill(bins.baseAddress!, from: frame, grid, y: y, x: x, line: line.baseAddress!)
            }
        }
    }

    private func evidence(at place: (y: Int, x: Int)) -> [BlockEvidence?] {
        let slopeNoise = 1 / (Double(max(grid.binSide, 2)) * template.frameCount)
        return bins.withUnsafeBufferPointer { bins in
            template.template.withUnsafeBufferPointer { light in
                template.slopeY.withUnsafeBufferPointer { slopeY in
                    template.slopeX.withUnsafeBufferPointer { slopeX in
                        (0..<grid.blockCount).map { index in
                            guard grid.isInFrame(block: index, y: place.y, x: place.x) else { return nil }
                            let planes = (light.baseAddress!, slopeY.baseAddress!, slopeX.baseAddress!)
                            return BlockEvidence(
                                BlockMoments(bins.baseAddress!, planes, grid, block: index),
                                template.blocks[index],
                                bins: Double(grid.binsPerBlock),
                                noise: noise[index],
                                slopeNoise: slopeNoise * noise[index],
                                darkLevelCounts: template.darkLevelCounts
                            )
                        }
                    }
                }
            }
        }
    }

    /// By how many pixels a frame is displaced, as far as a search over a few bins tells.
    mutating func search(_ frame: UnsafePointer<Float>, around start: (y: Int, x: Int)) -> (y: Int, x: Int) {
        fill(from: frame, y: start.y, x: start.x)
        let (template, noise) = (template, noise)
        let found = bins.withUnsafeBufferPointer { bins in
            scratch.withUnsafeMutableBufferPointer { scratch in
                CoarseSearch.displacement(
                    of: bins.baseAddress!,
                    from: template,
                    noise: noise,
                    scratch: scratch.baseAddress!
                )
            }
        }
        return (start.y + Int(found.y.rounded()), start.x + Int(found.x.rounded()))
    }
}
