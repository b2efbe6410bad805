package import Imaging
import Movies

/// What can be measured on an annotated recording, in units of pixels, frames and counts.
package struct RecordingStatistics: Sendable, Equatable {
    package var frameCount = 0
    /// Fraction of the frame whose mean image is above 0.35 of the way from its 5th to its 95th percentile.
    package var cellCoverage = 0.0
    /// Counts of the cell above the smallest count of the recording.
    package var cellCounts = 0.0
    /// Standard deviation over time divided by the mean above the smallest count; median over the brightest tenth of
    /// pixels.
    package var brightVariation = 0.0
    /// (90th percentile inside events - mean outside) / standard deviation outside, in the cell; nil without events.
    package var signalToNoise: Double?
    /// Number of annotated events of each class; `undefined` under its own value.
    package var eventCounts: [UInt8: Int] = [:]
    /// Frames from the first to the last of each event.
    package var durations: [UInt8: [Double]] = [:]
    /// Pixels of each event in each of its frames.
    package var areas: [UInt8: [Double]] = [:]
    /// Fraction of voxels of each class.
    package var prevalence: [UInt8: Double] = [:]

    /// Measures a recording, reading it twice.
    ///
    /// - Throws: ``TIFFError``, or ``StatisticsError`` if the labels do not fit the movie.
    package init(
        video videoPath: String,
        classes classPath: String,
        events eventPath: String,
        order: ClassOrder = .own
    ) throws {
        let video = try TIFFMovie(path: videoPath)
        let classes = try TIFFMovie(path: classPath)
        let events = try TIFFMovie(path: eventPath)
        for (path, size, count) in [
            (classPath, classes.size, classes.frameCount), (eventPath, events.size, events.frameCount),
        ] where size != video.size || count != video.frameCount {
            throw StatisticsError.labelsDoNotFit(
                path: path,
                found: "\(count) frames of \(size)",
                expected: "\(video.frameCount) frames of \(video.size)"
            )
        }
        frameCount = video.frameCount
        let light = try MeanLight(video)
        cellCoverage = Double(light.cellPixels.count) / Double(video.size.pixelCount)
        cellCounts = light.cellMean
        brightVariation = light.brightVariation
        try measureEvents(video: video, classes: classes, events: events, order: order, cellPixels: light.cellPixels)
    }

    private mutating func measureEvents(
        video: borrowing TIFFMovie,
        classes: borrowing TIFFMovie,
        events: borrowing TIFFMovie,
        order: ClassOrder,
        cellPixels: [Int]
    ) throws {
        struct Key: Hashable {
            var classValue: UInt32
            var event: UInt32
        }
        var spans: [Key: ClosedRange<Int>] = [:]
        var voxelCounts: [UInt32: Int] = [:]
        var inside: [Float] = []
        var outside = Moments()
        for frame in 0..<video.frameCount {
            let counts = try video.counts(frames: frame..<frame + 1)
            let classLabels = order.own(try classes.labels(frames: frame..<frame + 1))
            let eventLabels = try events.labels(frames: frame..<frame + 1)
            var areasNow: [Key: Int] = [:]
            for index in classLabels.indices where classLabels[index] != 0 {
                areasNow[Key(classValue: classLabels[index], event: eventLabels[index]), default: 0] += 1
                voxelCounts[classLabels[index], default: 0] += 1
                if classLabels[index] < 4 { inside.append(counts[index]) }
            }
            for pixel in cellPixels where classLabels[pixel] == 0 { outside.add(Double(counts[pixel])) }
            for (key, area) in areasNow {
                areas[UInt8(clamping: key.classValue), default: []].append(Double(area))
                spans[key] = (spans[key]?.lowerBound ?? frame)...frame
            }
        }
        for (key, span) in spans {
            let classValue = UInt8(clamping: key.classValue)
            eventCounts[classValue, default: 0] += 1
            durations[classValue, default: []].append(Double(span.count))
        }
        let voxelCount = Double(video.frameCount * video.size.pixelCount)
        prevalence = Dictionary(
            uniqueKeysWithValues: voxelCounts.map { (UInt8(clamping: $0), Double($1) / voxelCount) }
        )
        if !inside.isEmpty, outside.standardDeviation > 0 {
            inside.sort()
            let percentile = Double(inside[inside.count * 9 / 10])
            signalToNoise = (percentile - outside.mean) / outside.standardDeviation
        }
    }
}

/// The mean image of a movie, and where the cell is in it.
private struct MeanLight {
    var cellPixels: [Int]
    var cellMean: Double
    var brightVariation: Double

    init(_ video: borrowing TIFFMovie) throws {
        var moments = [Moments](repeating: Moments(), count: video.size.pixelCount)
        var smallest = Float.infinity
        for frame in 0..<video.frameCount {
            for (pixel, value) in try video.counts(frames: frame..<frame + 1).enumerated() {
                moments[pixel].add(Double(value))
                smallest = min(smallest, value)
            }
        }
        let means = moments.map { $0.mean - Double(smallest) }
        let sorted = means.sorted()
        let low = sorted[sorted.count / 20]
        let high = sorted[sorted.count * 19 / 20]
        let cell = means.indices.filter { means[$0] > low + 0.35 * (high - low) }
        let bright = sorted[sorted.count * 9 / 10]
        let variations = means.indices.filter { means[$0] >= bright }
            .map { moments[$0].standardDeviation / max(means[$0], 1e-9) }.sorted()
        cellPixels = cell
        cellMean = cell.reduce(0) { $0 + means[$1] } / Double(max(cell.count, 1))
        brightVariation = variations[variations.count / 2]
    }
}

/// Running mean and standard deviation.
private struct Moments {
    private var count = 0.0
    private(set) var mean = 0.0
    private var squares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        let difference = value - mean
        mean += difference / count
        squares += difference * (value - mean)
    }

    var standardDeviation: Double { count > 1 ? (squares / (count - 1)).squareRoot() : 0 }
}

/// Why a set cannot be measured.
package enum StatisticsError: Error, Equatable, CustomStringConvertible {
    case labelsDoNotFit(path: String, found: String, expected: String)
    case noRecordings(folder: String)

    package var description: String {
        switch self {
        case .labelsDoNotFit(let path, let found, let expected):
            "\(path): \(found), but the movie has \(expected); use labels of the same movie"
        case .noRecordings(let folder):
            "\(folder): no annotated recordings; name a folder with NN_video.tif, NN_class_label.tif and "
                + "NN_event_label.tif"
        }
    }
}
