package import Imaging

/// Shows every frame with the cell where it was at first: the rigid shift of each is found and undone, causally.
///
/// The first frames are held back until there are enough of them to know what the cell looks like at rest; from then on
/// each goes on at once, decided for good. A frame that does not move goes on as it came.
package final class FrameStabiliser {
    /// Frames that are held back at first.
    static let firstFrameCount = 64
    /// Values held per pixel at most: the first frames, then the template, the one to come and the frame that is moved.
    static let valuesPerPixel = firstFrameCount + 5
    /// A segment that ends with fewer is left as it is.
    private static let fewestFrames = 16
    private static let firstRounds = 6
    /// From this on from frame to frame, root mean square in pixels, the cell is searched anew in every frame.
    private static let fastPixels = 1.5
    /// Shifts, root mean square in pixels beyond their errors, from which on a mean of the first frames may be blurred.
    private static let blurringPixels = 0.3
    private static let stepShare = 1.0 / 32
    /// Nothing shakes a cell by more than this, in pixels; once it is lost, it may be anywhere.
    private static let usualReach = 6.0
    private static let longestLoss = 16
    /// Every so many frames a quiet one becomes part of the template to come.
    private static let renewalInterval = 8
    private static let renewalFrameCount = 32
    /// Where shifts are less sure than this, in pixels, larger bins are tried.
    private static let largestUsualError = 0.5
    /// Variance of a bin in movies without noise, in squared counts.
    private static let leastNoise = 1e-6
    /// Quiet frames fit as well as these.
    private static let quietMisfit = 1.3
    /// Shifts that are left as they are: nobody sees them, and the network tolerates more.
    private static let leastPixels: [StabilisationPolicy: Double] = [.auto: 0.15, .on: 0.05]
    private static let unclearPixels = 0.5
    /// A cell that has moved by this share of the frame is shown where it is from then on.
    private static let farthestShare = 0.25
    /// Frames that show the change of place to the network.
    private static let settlingFrameCount = 8

    private let size: FrameSize
    private let policy: StabilisationPolicy
    private let grid: BlockGrid?
    private var held: [(frame: [Float], isSubstitute: Bool)] = []
    private var estimator: ShiftEstimator?
    private var state = MovementState()
    private var renewal: TemplateBuilder?
    private var mover: FrameMover
    private var output: [Float] = []
    private var last = (y: 0.0, x: 0.0)
    /// Mean square change of the shift from frame to frame, in squared pixels.
    private var meanSquareStep = 0.0
    private var frameCount = 0
    /// Frames in a row in which the cell was not found.
    private var lostFrameCount = 0
    /// Where the cell is shown, from where it was at first.
    private var origin = (y: 0, x: 0)
    /// The frame from which on the cell is shown at its present place for long enough.
    private var steadyFrame = 0

    /// - Parameters:
    ///   - size: Of every frame.
    ///   - policy: When to undo movement.
    package init(size: FrameSize, policy: StabilisationPolicy) {
        self.size = size
        self.policy = policy
        grid = policy == .off ? nil : BlockGrid(size: size)
        mover = FrameMover(size: size)
    }

    /// Takes the next frame and hands on what is decided, in order: none at first, then all that waited, then one each.
    ///
    /// - Parameters:
    ///   - counts: Pixels, `[y][x]`.
    ///   - isSubstitute: True if the frame stands for one that was lost.
    ///   - body: Gets frames without movement, whether each is a substitute, and what was found of its movement; nil if
    ///     that was not looked for.
    /// - Throws: What `body` throws.
    package func take<Failure: Error>(
        _ counts: UnsafeBufferPointer<Float>,
        isSubstitute: Bool,
        _ body: (UnsafeBufferPointer<Float>, Bool, FrameMovement?) throws(Failure) -> Void
    ) throws(Failure) {
        guard grid != nil else { return try body(counts, isSubstitute, nil) }
        guard estimator == nil else { return try decide(counts, isSubstitute, nil, body) }
        held.append((Array(counts), isSubstitute))
        if held.count == Self.firstFrameCount { try release(body) }
    }

    /// Hands on what waits, if the segment ends before there are enough frames.
    package func finish<Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>, Bool, FrameMovement?) throws(Failure) -> Void
    ) throws(Failure) {
        guard !held.isEmpty else { return }
        guard held.count < Self.fewestFrames else { return try release(body) }
        let waiting = held
        held = []
        for item in waiting {
            try item.frame.withUnsafeBufferPointer { frame throws(Failure) in
                try body(frame, item.isSubstitute, nil)
            }
        }
    }

    private func release<Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>, Bool, FrameMovement?) throws(Failure) -> Void
    ) throws(Failure) {
        guard let grid else { return }
        var learnt = learnSharply(grid)
        if learnt.error > Self.largestUsualError, let coarser = grid.coarser {
            let other = learnSharply(coarser)
            if other.error < learnt.error / 2 { learnt = other }
        }
        estimator = learnt.estimator
        state = MovementState(usualStrain: learnt.usualStrain)
        for fit in learnt.fits { state.note(fit) }
        meanSquareStep = Self.meanSquareStep(learnt.fits)
        let waiting = held
        held = []
        for (item, fit) in zip(waiting, learnt.fits) {
            try item.frame.withUnsafeBufferPointer { frame throws(Failure) in
                try decide(frame, item.isSubstitute, fit, body)
            }
        }
    }

    /// Finds out what the cell looks like at rest, and where it is in the frames that wait.
    ///
    /// The frames are fitted in two halves, each against the template of the other: against a template that it is part of,
    /// a frame of much noise finds its own noise again, wherever it was put.
    ///
    /// - Parameters:
    ///   - grid: Bins and blocks.
    ///   - places: Where the cell is in every frame, as far as that is known.
    /// - Returns: A comparison with what was learnt, and where the cell is in every frame.
    private func learn(_ grid: BlockGrid, from places: [(y: Double, x: Double)]? = nil) -> Learnt {
        var fits = [ShiftFit](repeating: ShiftFit(), count: held.count)
        for index in fits.indices { (fits[index].y, fits[index].x) = places?[index] ?? (0, 0) }
        var resting = [Float](repeating: 0, count: size.pixelCount)
        for round in 0..<Self.firstRounds {
            var estimators = (0..<2).map { half in
                makeEstimator(of: held.indices.filter { $0 % 2 == half }, fits, isFirst: round == 0, grid, &resting)
            }
            let isFast = Self.meanSquareStep(fits) > Self.fastPixels * Self.fastPixels
            for half in 0..<2 {
                let members = held.indices.filter { $0 % 2 != half }
                var last = (y: 0.0, x: 0.0)
                for index in members {
                    fits[index] = held[index].frame.withUnsafeBufferPointer { frame in
                        estimators[half].fit(
                            frame.baseAddress!,
                            last: last,
                            expected: (0, 0),
                            reach: Self.usualReach,
                            isFast: isFast
                        )
                    }
                    last = (fits[index].y, fits[index].x)
                }
            }
            // Halves of a cell that shakes are not centred at the same place.
            let between =
                places == nil ? (y: 0, x: 0) : Self.displacement(of: estimators[0].template, by: &estimators[1])
            for index in held.indices where index % 2 == 0 {
                fits[index].y -= between.y
                fits[index].x -= between.x
            }
            for group in places == nil ? [0, 1] : [nil] {
                let members = held.indices.filter { group == nil || $0 % 2 == group }
                let middle = Self.middle(members.map { (fits[$0].y, fits[$0].x) })
                for index in members {
                    fits[index].y -= middle.y
                    fits[index].x -= middle.x
                }
            }
        }
        let estimator = makeEstimator(of: Array(held.indices), fits, isFirst: false, grid, &resting)
        return Learnt(estimator: estimator, fits: fits)
    }

    /// The same; where the cell shakes, and the mean of the first frames is blurred, also from where that says it is, and
    /// from a single frame.
    private func learnSharply(_ grid: BlockGrid) -> Learnt {
        let learnt = learn(grid)
        guard learnt.meanSquareShift > Self.blurringPixels * Self.blurringPixels else { return learnt }
        let again = learn(grid, from: learnt.fits.map { ($0.y, $0.x) })
        let reference = RestingTemplate(held[held.count / 2].frame, of: 1, grid)
        var estimator = ShiftEstimator(reference, noise: learnt.estimator.noise)
        var places = held.map { item in
            let place = item.frame.withUnsafeBufferPointer { estimator.search($0.baseAddress!, around: (0, 0)) }
            return (y: Double(place.y), x: Double(place.x))
        }
        let middle = Self.middle(places)
        places = places.map { ($0.y - middle.y, $0.x - middle.x) }
        let other = learn(grid, from: places)
        return other.sharpness > again.sharpness ? other : again
    }

    /// Where one template lies in view of another.
    private static func displacement(
        of template: RestingTemplate,
        by estimator: inout ShiftEstimator
    ) -> (y: Double, x: Double) {
        let fit = template.picture.withUnsafeBufferPointer { picture in
            estimator.fit(picture.baseAddress!, last: (0, 0), expected: (0, 0), reach: usualReach)
        }
        return fit.errorY.isFinite ? (fit.y, fit.x) : (0, 0)
    }

    private static func middle(_ places: [(y: Double, x: Double)]) -> (y: Double, x: Double) {
        (places.map(\.y).sorted()[places.count / 2], places.map(\.x).sorted()[places.count / 2])
    }

    private static func meanSquareStep(_ fits: [ShiftFit]) -> Double {
        let steps = zip(fits, fits.dropFirst()).map { ($1.y - $0.y, $1.x - $0.x) }
        return steps.reduce(0) { $0 + $1.0 * $1.0 + $1.1 * $1.1 } / Double(max(1, steps.count))
    }

    /// What the first frames tell.
    private struct Learnt {
        let estimator: ShiftEstimator
        let fits: [ShiftFit]

        /// Usual standard error of a shift, in pixels.
        var error: Double { fits.map { max($0.errorY, $0.errorX) }.sorted()[fits.count / 2] }

        /// Mean square of the shifts beyond their errors, in squared pixels.
        var meanSquareShift: Double {
            let known = fits.filter { $0.errorY.isFinite && $0.errorX.isFinite }
            let sum = known.reduce(0) { sum, fit in
                sum + fit.y * fit.y - fit.errorY * fit.errorY + fit.x * fit.x - fit.errorX * fit.errorX
            }
            return sum / Double(max(1, known.count))
        }

        /// How much the template tells of displacements.
        var sharpness: Double { estimator.template.blocks.reduce(0) { $0 + $1.slopes.yy + $1.slopes.xx } }

        /// Strain that noise makes: that of the quietest fifth of the frames, which is about 0.6 of the mean.
        var usualStrain: Double { fits.map(\.strain).sorted()[fits.count / 5] / 0.6 }
    }

    /// Compares with a template of some of the frames that wait; those that fit badly are left out.
    private func makeEstimator(
        of members: [Int],
        _ fits: [ShiftFit],
        isFirst: Bool,
        _ grid: BlockGrid,
        _ resting: inout [Float]
    ) -> ShiftEstimator {
        var builder = TemplateBuilder(grid)
        let usual = members.map { fits[$0].misfit }.sorted()[members.count / 2]
        for index in members where isFirst || fits[index].misfit <= 1.5 * usual {
            held[index].frame.withUnsafeBufferPointer { frame in
                builder.add(
                    frame.baseAddress!,
                    shift: (fits[index].y, fits[index].x),
                    variances: fits[index].variances,
                    resting: resting
                )
            }
        }
        resting = builder.picture
        let template = RestingTemplate(resting, of: Double(builder.frameCount), grid)
        var estimator = ShiftEstimator(template, noise: Self.noise(builder.noise, grid))
        guard isFirst else { return estimator }
        let variances = members.map { index in
            held[index].frame.withUnsafeBufferPointer { estimator.variances(of: $0.baseAddress!) }
        }
        estimator.noise = estimator.noise.indices.map { block in
            max(variances.map { $0[block] }.sorted()[members.count / 2], Self.leastNoise)
        }
        return estimator
    }

    /// Of blocks that no frame had: what is usual.
    private static func noise(_ known: [Double?], _ grid: BlockGrid) -> [Double] {
        let found = known.compactMap { $0 }
        let usual = found.reduce(0, +) / Double(max(found.count, 1))
        return known.map { max($0 ?? usual, leastNoise) }
    }

    private func decide<Failure: Error>(
        _ counts: UnsafeBufferPointer<Float>,
        _ isSubstitute: Bool,
        _ known: ShiftFit?,
        _ body: (UnsafeBufferPointer<Float>, Bool, FrameMovement?) throws(Failure) -> Void
    ) throws(Failure) {
        guard let frame = counts.baseAddress, var estimator = estimator.take() else { return }
        let fit = known ?? estimator.fit(frame, last: last, expected: state.mean, reach: reach, isFast: isFast)
        if known == nil, fit.errorY.isFinite {
            let (y, x) = (fit.y - last.y, fit.x - last.x)
            meanSquareStep += Self.stepShare * (y * y + x * x - meanSquareStep)
        }
        if fit.errorY.isFinite { last = (fit.y, fit.x) }
        lostFrameCount = fit.errorY.isFinite ? 0 : lostFrameCount + 1
        if known == nil { state.note(fit) }
        if known == nil { renew(&estimator, with: frame, fit) }
        if isFarAway { settle(&estimator, counts) }
        self.estimator = estimator
        frameCount += 1
        var movement = FrameMovement()
        let shift = state.probableShift(fit)
        (movement.y, movement.x) = (Float(shift.y + Double(origin.y)), Float(shift.x + Double(origin.x)))
        movement.isUnsteady =
            state.isDeformed || frameCount < steadyFrame
            || (state.isMoving && max(fit.errorY, fit.errorX) > Self.unclearPixels)
        guard max(abs(shift.y), abs(shift.x)) > Self.leastPixels[policy, default: 0], policy == .on || state.isMoving
        else {
            return try body(counts, isSubstitute, movement)
        }
        (movement.undoneY, movement.undoneX) = (Float(shift.y), Float(shift.x))
        undo(frame, shift, brightness: fit.brightness, estimator.template)
        try output.withUnsafeBufferPointer { output throws(Failure) in try body(output, isSubstitute, movement) }
    }

    private func undo(
        _ frame: UnsafePointer<Float>,
        _ shift: (y: Double, x: Double),
        brightness: Double,
        _ template: RestingTemplate
    ) {
        if output.isEmpty { output = [Float](repeating: 0, count: size.pixelCount) }
        template.picture.withUnsafeBufferPointer { resting in
            output.withUnsafeMutableBufferPointer { output in
                mover.undo(
                    frame,
                    y: shift.y,
                    x: shift.x,
                    resting: resting.baseAddress!,
                    brightness: (Float(brightness), Float(template.darkLevelCounts)),
                    into: output.baseAddress!
                )
            }
        }
    }

    private var isFast: Bool { meanSquareStep > Self.fastPixels * Self.fastPixels }

    private var reach: Double { lostFrameCount > Self.longestLoss ? .infinity : Self.usualReach }

    private var isFarAway: Bool {
        abs(state.mean.y) > Self.farthestShare * Double(size.height)
            || abs(state.mean.x) > Self.farthestShare * Double(size.width)
    }

    /// Shows the cell where it is now from the next frame on: too little of it is left in view where it was.
    private func settle(_ estimator: inout ShiftEstimator, _ frame: UnsafeBufferPointer<Float>) {
        let move = (y: Int(state.mean.y.rounded()), x: Int(state.mean.x.rounded()))
        let old = estimator.template
        var picture = Array(frame)
        for y in max(0, move.y)..<min(size.height, size.height + move.y) {
            for x in max(0, move.x)..<min(size.width, size.width + move.x) {
                picture[y * size.width + x] = old.picture[(y - move.y) * size.width + x - move.x]
            }
        }
        estimator.template = RestingTemplate(picture, of: old.frameCount, old.grid)
        origin = (origin.y + move.y, origin.x + move.x)
        last = (last.y - Double(move.y), last.x - Double(move.x))
        state.move(origin: (Double(move.y), Double(move.x)))
        renewal = nil
        steadyFrame = frameCount + Self.settlingFrameCount
    }

    /// Follows slow changes of the cell: half of the template is replaced by the mean of new quiet frames.
    private func renew(_ estimator: inout ShiftEstimator, with frame: UnsafePointer<Float>, _ fit: ShiftFit) {
        guard frameCount.isMultiple(of: Self.renewalInterval), fit.misfit < Self.quietMisfit,
            max(fit.errorY, fit.errorX) < Self.unclearPixels
        else { return }
        var renewal = renewal.take() ?? TemplateBuilder(estimator.grid)
        renewal.add(
            frame,
            shift: (fit.y, fit.x),
            variances: fit.variances,
            resting: estimator.template.picture
        )
        guard renewal.frameCount == Self.renewalFrameCount else {
            self.renewal = renewal
            return
        }
        let old = estimator.template
        let picture = zip(old.picture, renewal.picture).map { ($0 + $1) / 2 }
        let count = 4 / (1 / old.frameCount + 1 / Double(renewal.frameCount))
        let noise = zip(estimator.noise, renewal.noise).map { old, new in new.map { (old + $0) / 2 } ?? old }
        estimator.template = RestingTemplate(picture, of: count, old.grid)
        estimator.noise = noise
    }
}
