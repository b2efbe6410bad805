import Detection
import Imaging
import Movies
import Wire

/// What the report shows of the movie itself, read frame by frame: its mean image and a trace at every event.
struct MovieTraces {
    /// Mean of all frames in counts on the 16-bit scale, `[y][x]`.
    private(set) var meanImage: [Double]
    /// One per event; nil beyond the limit of traces.
    private(set) var traces: [ReportTrace?]

    /// Events that get a trace, and frames that it shows, at most.
    private static let largestTraceCount = 2000
    private static let largestTraceLength = 1500
    private static let framesBefore = 50
    private static let framesAfter = 80
    private static let squareMicrometres = 1.0

    /// Reads the movie once more.
    ///
    /// - Parameters:
    ///   - movie: The movie that the events were found in.
    ///   - events: Its events.
    ///   - courses: What was measured and fitted of them; where there is nothing, the movie is read.
    ///   - scaling: Brings the movie's counts to 16 bits.
    ///   - calibration: What pixels and frames mean.
    ///   - darkLevelCounts: Counts that mean no light; nil takes the minimum of the movie.
    /// - Throws: `TIFFError` for a damaged frame.
    init(
        _ movie: borrowing TIFFMovie,
        events: [EventMessage],
        courses: [EventTrace?],
        scaling: PixelScaling,
        calibration: Calibration,
        darkLevelCounts: Float?
    ) throws {
        let size = movie.size
        let reach = Int(
            saturating: (Self.squareMicrometres / calibration.pixelSizeMicrometres / 2 - 1e-3).rounded(.up) - 1
        )
        var regions = events.prefix(Self.largestTraceCount).map { event in
            TraceRegion(event, reach: max(0, reach), size: size, frames: Self.frames(of: event, in: movie.frameCount))
        }
        meanImage = [Double](repeating: 0, count: size.pixelCount)
        var lowest = Float.infinity
        let counts = UnsafeMutableBufferPointer<Float>.allocate(capacity: size.pixelCount)
        defer { counts.deallocate() }
        for frame in 0..<movie.frameCount {
            try movie.read(frame: frame, into: counts)
            for pixel in counts.indices {
                let value = counts[pixel] * scaling.factor
                counts[pixel] = value
                lowest = min(lowest, value)
                meanImage[pixel] += Double(value)
            }
            for index in regions.indices where regions[index].frames.contains(frame) {
                regions[index].add(UnsafeBufferPointer(counts), width: size.width)
            }
        }
        for pixel in meanImage.indices { meanImage[pixel] /= Double(max(1, movie.frameCount)) }
        let dark = Double(darkLevelCounts ?? lowest)
        traces = zip(courses, regions).map { course, region in
            course.map { ReportTrace($0) } ?? region.trace(dark: dark)
        }
        traces += [ReportTrace?](repeating: nil, count: events.count - traces.count)
    }

    private static func frames(of event: EventMessage, in frameCount: Int) -> Range<Int> {
        let first = max(0, event.startFrame - framesBefore)
        return first..<min(frameCount, event.endFrame + 1 + framesAfter, first + largestTraceLength)
    }
}

/// ΔF/F0 at the centre of an event over time, and the course that was fitted to these very values.
struct ReportTrace: Encodable {
    /// Frame of the first value.
    let first: Int
    /// Null where a frame could not be used.
    let values: [Double?]
    /// At the same frames; null if nothing was fitted.
    let fit: [Double]?

    init(first: Int, values: [Double]) {
        self.first = first
        self.values = values
        fit = nil
    }

    init(_ course: EventTrace) {
        first = course.firstFrame
        values = course.values.map { $0.flatMap { $0.rounded(decimals: 4) } }
        fit = course.fit.map { $0.rounded(decimals: 4) ?? 0 }
    }
}

/// The square around the centre of an event, while its frames are read.
private struct TraceRegion {
    let frames: Range<Int>
    private let rows: Range<Int>
    private let columns: Range<Int>
    /// Frames before the event that F0 is taken from.
    private let quietCount: Int
    private var means: [Double] = []

    /// Frames directly before the event that may hold its rise.
    private static let guardFrames = 4
    private static let fewestQuietFrames = 8

    init(_ event: EventMessage, reach: Int, size: FrameSize, frames: Range<Int>) {
        self.frames = frames
        func range(_ centre: Double, _ count: Int) -> Range<Int> {
            let middle = min(max(0, Int(saturating: centre.rounded())), count - 1)
            return max(0, middle - reach)..<min(count, middle + reach + 1)
        }
        rows = range(event.centroidPixels.first ?? 0, size.height)
        columns = range(event.centroidPixels.last ?? 0, size.width)
        quietCount = event.startFrame - frames.lowerBound - Self.guardFrames
    }

    mutating func add(_ counts: UnsafeBufferPointer<Float>, width: Int) {
        var sum = 0.0
        for y in rows { for x in columns { sum += Double(counts[y * width + x]) } }
        means.append(sum / Double(rows.count * columns.count))
    }

    /// F0 is the median before the event, or the lower fifth of the trace where too little was recorded before.
    ///
    /// - Returns: Nil if F0 is not above the dark level.
    func trace(dark: Double) -> ReportTrace? {
        guard !means.isEmpty else { return nil }
        let hasPast = quietCount >= Self.fewestQuietFrames
        let quiet = (hasPast ? Array(means.prefix(quietCount)) : means).sorted()
        let resting = quiet[hasPast ? quiet.count / 2 : quiet.count / 5] - dark
        guard resting > 0 else { return nil }
        let values = means.map { ((($0 - dark) / resting - 1) * 1e4).rounded() / 1e4 }
        return ReportTrace(first: frames.lowerBound, values: values)
    }
}
