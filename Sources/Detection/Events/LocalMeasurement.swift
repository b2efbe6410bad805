import Foundation
import Imaging

/// Measures a spark or a puff in the light of its surroundings: a Gaussian spot in space, a fitted course in time.
///
/// 1. Spot: the mean of F - F0 over the frames around the peak is fitted by a Gaussian on F0, free of the mask's
///    ragged edge.
/// 2. Trace: in every frame the spot's height, sum(h dF) / sum(h g F0), with g the spot and h a narrower one; that is
///    dF/F0 at the centre. Pixels that belong to other events are left out. Puffs: mean of a square at the brightest
///    place.
/// 3. Course: sparks a rise and decay (``TransientModel``), puffs a spline (``SplineCourse``).
struct LocalMeasurement {
    private let eventClass: EventClass
    let extent: InstanceExtent
    private let mask: InstanceMask
    let surroundings: SurroundingFrames
    let resting: UnsafePointer<Float>
    let calibration: Calibration
    /// Side of the square that a puff's course is measured in, in pixels; odd.
    private let squareSide: Int
    /// Later labels may or may not be known, depending on where windows end, and are not used.
    private let lastLabelledFrame: Int
    /// Frames that the trace covers, without lost ones.
    private let frames: [Int]

    /// What came out: positions in pixels, times in frames of the segment.
    struct Result {
        var spot: Spot?
        /// True if a fit ended at a spot that no event can be.
        var hasImpossibleSpot = false
        /// Of puffs; nil where the frame or the cell cuts a profile off.
        var widths = Widths()
        var course: CourseMeasures?
        var transient: TransientModel?
        var trace: [(frame: Int, value: Double)] = []
        var fit: ((Double) -> Double)?
        /// Standard deviation of the trace before the event.
        var noise: Double?
        /// Mean F0 above the dark level around the centre, normalised.
        var restingLight: Double?
    }

    private static let framesBefore = 24
    private static let framesAfter = 13
    /// Frames after a puff whose labels are known for certain when it is measured.
    private static let labelledFramesAfterPuff = 3
    /// Width of the weights of the trace in units of the spot's.
    private static let narrowing = 0.5
    /// F0 of the brightest place of a puff in units of that of the whole puff, from which on its trace is taken there.
    private static let leastLight = 0.4
    private static let largestReach = 40
    private static let largestPixelCount = 2500

    /// - Throws: The reason if the surroundings do not hold what is needed.
    static func measure(
        _ instance: Instance,
        extent: InstanceExtent,
        in surroundings: SurroundingFrames,
        calibration: Calibration,
        squareSide: Int,
        isLost: (Int) -> Bool
    ) throws(RegionProfiles.Unavailable) -> Result {
        let start = extent.frames.lowerBound
        let resting = try surroundings.heldRestingIntensity(before: start)
        let isSpark = instance.eventClass == .spark
        let held =
            max(surroundings.frames.lowerBound, surroundings.labelledFrames.lowerBound)..<surroundings.frames.upperBound
        let first = max(held.lowerBound, start - framesBefore)
        let end = min(held.upperBound, extent.frames.upperBound + 1 + framesAfter)
        let measurement = LocalMeasurement(
            eventClass: instance.eventClass,
            extent: extent,
            mask: InstanceMask(instance, extent: extent),
            surroundings: surroundings,
            resting: resting,
            calibration: calibration,
            squareSide: squareSide,
            lastLabelledFrame: extent.frames.upperBound + (isSpark ? framesAfter : labelledFramesAfterPuff),
            frames: (first..<end).filter { !isLost($0) }
        )
        return try measurement.result()
    }

    private func result() throws(RegionProfiles.Unavailable) -> Result {
        var spot = firstGuess()
        var result = Result()
        var samples = trace(of: spot)
        guard samples.count >= 8 else { throw .init(reason: samples.isEmpty ? .noBaseline : .tooFewSamples) }
        for isNarrow in [false, true] {
            let window = isNarrow ? narrowWindow(samples) : peakWindow(samples)
            guard let fitted = fittedSpot(from: spot, window: window) else { continue }
            guard isPossible(fitted) else {
                result.hasImpossibleSpot = true
                continue
            }
            spot = fitted
            result.spot = fitted
            samples = trace(of: spot)
            guard samples.count >= 8 else { throw .init(reason: .tooFewSamples) }
        }
        if eventClass == .puff, let spot = result.spot {
            result.widths = widths(of: spot, frames: peakWindow(samples).map(\.frame))
            if let row = result.widths.y?.peak, let column = result.widths.x?.peak {
                let brightest = trace(ofSquareAt: row, column, of: spot)
                if brightest.count >= 8 { samples = brightest }
            }
        }
        result.trace = samples.map { ($0.frame, $0.value) }
        result.noise = noise(of: samples)
        result.restingLight = restingLight(around: spot)
        if eventClass == .spark {
            fitTransient(to: samples, &result)
        } else {
            fitSpline(to: samples, &result)
        }
        return result
    }

    // MARK: Space

    /// A round spot that a label at about a quarter of its height would have the area of.
    private func firstGuess() -> Spot {
        let radius = (Double(extent.footprintPixelCount) / .pi).squareRoot()
        let sigma = max(radius / 1.67, 1)
        return Spot(
            height: 1,
            row: extent.centroid.row,
            column: extent.centroid.column,
            sigmaY: sigma,
            sigmaX: sigma
        )
    }

    /// Fits the mean image around the peak.
    private func fittedSpot(from guess: Spot, window: ArraySlice<Sample>) -> Spot? {
        guard let highest = window.map(\.value).max(), highest > 0 else { return nil }
        let reachY = reach(2.8 * guess.sigmaY)
        let reachX = reach(2.8 * guess.sigmaX)
        let rows = clipped(guess.row, reach: reachY, count: surroundings.size.height)
        let columns = clipped(guess.column, reach: reachX, count: surroundings.size.width)
        guard !rows.isEmpty, !columns.isEmpty else { return nil }
        // Wide spots are binned, so that a fit never costs more than a few thousand pixels.
        let bin = Int(
            saturating: (Double(rows.count * columns.count) / Double(Self.largestPixelCount)).squareRoot().rounded(.up)
        )
        var pixels: [SpotFit.Pixel] = []
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: bin) {
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: bin) {
                let block = (row..<min(row + bin, rows.upperBound), column..<min(column + bin, columns.upperBound))
                if let pixel = meanPixel(block.0, block.1, frames: window.map(\.frame)) { pixels.append(pixel) }
            }
        }
        var start = guess
        start.height = highest
        return SpotFit(pixels: pixels).fit(from: start)
    }

    private func meanPixel(_ rows: Range<Int>, _ columns: Range<Int>, frames: [Int]) -> SpotFit.Pixel? {
        var increase = 0.0
        var light = 0.0
        var count = 0
        for frame in frames {
            let intensity = surroundings.intensity(ofFrame: frame)
            let classes = classes(ofFrame: frame)
            let brightness = brightness(ofFrame: frame)
            for row in rows {
                for column in columns where isFree(classes, frame: frame, row: row, column: column) {
                    let pixel = row * surroundings.size.width + column
                    guard resting[pixel].isFinite, intensity[pixel].isFinite else { continue }
                    increase += Double(change(intensity[pixel], resting[pixel], brightness))
                    light += Double(resting[pixel] - surroundings.blankLevel)
                    count += 1
                }
            }
        }
        guard 2 * count >= frames.count * rows.count * columns.count, count > 0 else { return nil }
        return SpotFit.Pixel(
            row: Double(rows.lowerBound + rows.upperBound - 1) / 2,
            column: Double(columns.lowerBound + columns.upperBound - 1) / 2,
            increase: increase / Double(count),
            resting: max(light / Double(count), 0)
        )
    }

    /// The frames of a trace next to its peak in which it is at least 70 % (puffs: half) of it.
    private func peakWindow(_ samples: [Sample]) -> ArraySlice<Sample> {
        let smooth = samples.indices.map { index in
            let near = samples[max(0, index - 1)...min(samples.count - 1, index + 1)]
            return near.reduce(0) { $0 + $1.value } / Double(near.count)
        }
        let inside = samples.indices.filter { extent.frames.contains(samples[$0].frame) }
        guard let peak = inside.max(by: { smooth[$0] < smooth[$1] }) else { return [] }
        let share = eventClass == .spark ? 0.7 : 0.5
        var (first, last) = (peak, peak)
        while first > 0, smooth[first - 1] >= share * smooth[peak] { first -= 1 }
        while last < samples.count - 1, smooth[last + 1] >= share * smooth[peak] { last += 1 }
        return samples[first...last]
    }

    /// The frames around the peak of the fitted course.
    ///
    /// Sparks go on widening, so that the window must not lean to either side. Puffs do not, and keep the wide window.
    private func narrowWindow(_ samples: [Sample]) -> ArraySlice<Sample> {
        let wide = peakWindow(samples)
        guard eventClass == .spark, let peak = fittedTransient(samples)?.peakTime,
            let highest = wide.map(\.value).max()
        else { return wide }
        let reach = (noise(of: samples) ?? 0) < 0.12 * highest ? 1.0 : 2.0
        let inside = samples.indices.filter { abs(Double(samples[$0].frame) - peak) <= reach }
        guard let first = inside.first, let last = inside.last else { return wide }
        return samples[first...last]
    }

    // MARK: Time

    struct Sample {
        let frame: Int
        let value: Double
        /// Inverse of the standard deviation that light gives the value, up to a common factor.
        let weight: Double
    }

    /// Height of the spot in every frame.
    private func trace(of spot: Spot) -> [Sample] {
        let rows = clipped(spot.row, reach: reach(2.5 * Self.narrowing * spot.sigmaY), count: surroundings.size.height)
        let columns = clipped(
            spot.column,
            reach: reach(2.5 * Self.narrowing * spot.sigmaX),
            count: surroundings.size.width
        )
        return trace(rows: rows, columns: columns) { row, column in
            (
                Float(spot.shape(row: row, column: column, narrowing: Self.narrowing)),
                Float(spot.shape(row: row, column: column))
            )
        }
    }

    /// Mean dF/F0 of a square of at least 1 µm in every frame; empty where the cell is dim there, as dF/F0 means little.
    private func trace(ofSquareAt row: Double, _ column: Double, of spot: Spot) -> [Sample] {
        let rows = clipped(row, reach: squareSide / 2, count: surroundings.size.height)
        let columns = clipped(column, reach: squareSide / 2, count: surroundings.size.width)
        guard let usual = restingLight(around: spot),
            let light = meanRestingLight(rows: rows, columns: columns, weight: { _, _ in 1 }),
            light > Self.leastLight * usual
        else { return [] }
        return trace(rows: rows, columns: columns) { _, _ in (1, 1) }
    }

    /// sum(h dF) / sum(h g F0) in every frame; `weights` gives h and g of a pixel.
    private func trace(
        rows: Range<Int>,
        columns: Range<Int>,
        weights: (_ row: Int, _ column: Int) -> (narrow: Float, shape: Float)
    ) -> [Sample] {
        var pixels: [(row: Int, column: Int, index: Int, narrow: Float, light: Float)] = []
        for row in rows {
            for column in columns {
                let index = row * surroundings.size.width + column
                guard resting[index].isFinite else { continue }
                let (narrow, shape) = weights(row, column)
                pixels.append((row, column, index, narrow, shape * (resting[index] - surroundings.blankLevel)))
            }
        }
        let full = pixels.reduce(0) { $0 + Double($1.narrow * $1.light) }
        guard full > 0 else { return [] }
        return frames.compactMap { frame in
            let intensity = surroundings.intensity(ofFrame: frame)
            let classes = classes(ofFrame: frame)
            let brightness = brightness(ofFrame: frame)
            var increase = 0.0
            var light = 0.0
            for pixel in pixels
            where intensity[pixel.index].isFinite
                && isFree(classes, frame: frame, row: pixel.row, column: pixel.column)
            {
                increase += Double(pixel.narrow * change(intensity[pixel.index], resting[pixel.index], brightness))
                light += Double(pixel.narrow * pixel.light)
            }
            guard light > 0.4 * full else { return nil }
            return Sample(frame: frame, value: increase / light, weight: (light / full).squareRoot())
        }
    }

    private func fitTransient(to samples: [Sample], _ result: inout Result) {
        guard let model = fittedTransient(samples) else { return }
        let last = Double(samples[samples.count - 1].frame)
        result.transient = model
        result.fit = model.value(at:)
        // The model may go on for as long again as the event lasted: 5 % are often beyond the last frame.
        let end = max(last, model.peakTime) + Double(extent.frames.count + Self.framesAfter)
        result.course = CourseMeasures(
            in: model.onset - 1...end,
            peakIn: model.onset...end,
            baseline: model.baseline,
            course: model.value(at:)
        )
    }

    private func fittedTransient(_ samples: [Sample]) -> TransientModel? {
        guard let peak = peakWindow(samples).max(by: { $0.value < $1.value }) else { return nil }
        let fit = TransientFit(
            times: samples.map { Double($0.frame) },
            values: samples.map(\.value),
            weights: samples.map(\.weight)
        )
        return fit.fit(peakTime: Double(peak.frame), noise: noise(of: samples) ?? 0)
    }

    private func fitSpline(to samples: [Sample], _ result: inout Result) {
        let spline = SplineCourse(
            times: samples.map { Double($0.frame) },
            values: samples.map(\.value),
            weights: samples.map(\.weight),
            restingBefore: Double(extent.frames.lowerBound - 3),
            peakIn: Double(extent.frames.lowerBound)...Double(extent.frames.upperBound),
            crossings: .outermost,
            knotDistance: SplineCourse.knotDistance(
                noise: noise(of: samples),
                peak: peakWindow(samples).map(\.value).max(),
                frameIntervalMilliseconds: calibration.frameIntervalMilliseconds
            )
        )
        result.fit = spline?.fit
        result.course = spline?.measures
    }

    /// Standard deviation of the values before the event, from the median of their absolute deviations.
    private func noise(of samples: [Sample]) -> Double? {
        let before = samples.filter { $0.frame < extent.frames.lowerBound - 3 }.map(\.value).sorted()
        guard before.count >= 8 else { return nil }
        let median = before[before.count / 2]
        return 1.4826 * before.map { abs($0 - median) }.sorted()[before.count / 2]
    }

    // MARK: Light

    func classes(ofFrame frame: Int) -> UnsafePointer<UInt8>? {
        frame <= lastLabelledFrame ? surroundings.classes(ofFrame: frame) : nil
    }

    func brightness(ofFrame frame: Int) -> Float {
        frame <= lastLabelledFrame ? surroundings.brightness(ofFrame: frame) : 1
    }

    /// F - F0, with F as it would be without flicker.
    func change(_ intensity: Float, _ resting: Float, _ brightness: Float) -> Float {
        (intensity - surroundings.blankLevel) / brightness - (resting - surroundings.blankLevel)
    }

    /// True unless the voxel belongs to another event.
    func isFree(_ classes: UnsafePointer<UInt8>?, frame: Int, row: Int, column: Int) -> Bool {
        guard let classes, classes[row * surroundings.size.width + column] != EventClass.background else { return true }
        return mask.contains(frame: frame, row: row, column: column)
    }

    private func restingLight(around spot: Spot) -> Double? {
        meanRestingLight(
            rows: clipped(spot.row, reach: reach(spot.sigmaY), count: surroundings.size.height),
            columns: clipped(spot.column, reach: reach(spot.sigmaX), count: surroundings.size.width),
            weight: { spot.shape(row: $0, column: $1) }
        )
    }

    /// Weighted mean of F0 above the dark level; nil where it is not known.
    private func meanRestingLight(
        rows: Range<Int>,
        columns: Range<Int>,
        weight: (_ row: Int, _ column: Int) -> Double
    ) -> Double? {
        var light = 0.0
        var total = 0.0
        for row in rows {
            for column in columns {
                let value = resting[row * surroundings.size.width + column]
                guard value.isFinite else { continue }
                let share = weight(row, column)
                light += share * Double(value - surroundings.blankLevel)
                total += share
            }
        }
        return total > 0 ? light / total : nil
    }

    func reach(_ pixels: Double) -> Int { min(max(2, Int(saturating: pixels.rounded(.up))), Self.largestReach) }

    func clipped(_ centre: Double, reach: Int, count: Int) -> Range<Int> {
        let middle = Int(saturating: min(max(centre.rounded(), 0), Double(count - 1)))
        return max(0, middle - reach)..<min(count, middle + reach + 1)
    }
}
