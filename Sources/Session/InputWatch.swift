import Detection
import Imaging

/// Watches what a sender sends, for what a careful colleague would remark on: bits that nobody states, frames that come
/// at another rate than stated, frames without light.
struct InputWatch {
    private let calibration: Calibration
    private let description: SeriesDescription
    private var smallest = Float.infinity
    private var largest = -Float.infinity
    private var frameCount = 0
    private var rate = FrameRateWatch()
    private var measuredIntervalMilliseconds: Double?
    private var darkFrameCount = 0
    private var survey: RecordingSurvey
    private let surveyedFrameCount: Int

    /// Frames after which the counts are judged.
    private static let judgedFrameCount = 256

    /// - Parameters:
    ///   - description: What the sender says of the series.
    ///   - calibration: What is taken for pixels and frames.
    ///   - surveyedFrameCount: Frames that the examination rests on.
    init(_ description: SeriesDescription, calibration: Calibration, surveyedFrameCount: Int) {
        self.description = description
        self.calibration = calibration
        self.surveyedFrameCount = surveyedFrameCount
        survey = RecordingSurvey(size: description.size)
    }

    /// What is to be said before the first frame, beside the calibration.
    var introduction: [String] {
        description.nonNumbers.isEmpty
            ? []
            : ["the header holds NaN or Infinity in \(description.nonNumbers.joined(separator: ", ")): left out"]
    }

    /// Takes a frame that was received, `[y][x]` on the 16-bit scale.
    ///
    /// - Returns: What is to be said now.
    mutating func take(_ stamp: FrameStamp, _ pixels: UnsafeBufferPointer<Float>) -> [String] {
        guard !stamp.isFilled else { return [] }
        var remarks: [String] = []
        if !isSurveyComplete { survey.take(pixels) }
        if frameCount < Self.judgedFrameCount {
            for count in pixels {
                smallest = min(smallest, count)
                largest = max(largest, count)
            }
            frameCount += 1
            if frameCount == Self.judgedFrameCount { remarks += countRemarks }
        }
        if let measured = rate.take(stamp) {
            measuredIntervalMilliseconds = measured.intervalMilliseconds
            remarks += rateRemarks(measured)
        }
        return remarks
    }

    /// Takes note of frames without light.
    ///
    /// - Returns: What is to be said now.
    mutating func take(darkFrameCount count: Int) -> [String] {
        guard count > 0 else { return [] }
        defer { darkFrameCount += count }
        guard darkFrameCount == 0 else { return [] }
        return [
            "\(count) frames without light so far: they are left out of F0, and events beside them have no values"
        ]
    }

    /// What is to be said at the end of a series that was too short to be judged before.
    var conclusion: [String] { (1..<Self.judgedFrameCount).contains(frameCount) ? countRemarks : [] }

    /// True if all frames were seen that the examination rests on.
    var isSurveyComplete: Bool { survey.frameCount >= surveyedFrameCount }

    /// Examines what was seen so far; nil if that is too little.
    func examiner(_ choice: CalibrationChoice) -> Examiner? {
        guard let measures = RecordingMeasures(survey) else { return nil }
        var examiner = Examiner(measures: measures, calibration: choice, size: description.size)
        examiner.bitDepth = description.bitDepth
        examiner.countRemark = countRemarks.first
        examiner.measuredIntervalMilliseconds = measuredIntervalMilliseconds
        examiner.darkFrameCount = max(darkFrameCount, measures.darkFrameCount)
        return examiner
    }

    private var countRemarks: [String] {
        guard description.bitDepth == nil, let bits = description.bitsPerPixel, bits > 8 else { return [] }
        let factor = description.scalingFactor
        let doubt = CountDoubt(smallest: smallest / factor, largest: largest / factor, isFloatingPoint: bits == 32)
        return doubt.map { [$0.text] } ?? []
    }

    private func rateRemarks(_ measured: FrameRateWatch.Measurement) -> [String] {
        let interval = calibration.frameIntervalMilliseconds
        let difference = measured.intervalMilliseconds / interval - 1
        guard abs(difference) > FrameRateWatch.tolerance else { return [] }
        let text = Quantity.frameInterval.text(measured.intervalMilliseconds)
        let taken = Quantity.frameInterval.text(interval)
        let isAssumed = calibration.assumed.contains(.frameInterval)
        return [
            "frames \(measured.isByArrival ? "come" : "were taken") every \(text), but \(taken) \(isAssumed ? "is assumed" : "is stated"): "
                + "unless this is a replay at another speed, times and durations are wrong by "
                + "\((100 * abs(difference)).rounded().shortText) %; give --frame-interval-ms \(text.prefix { $0 != " " })"
        ]
    }
}

/// Measures the time from frame to frame, by the sender's times or by those of arrival.
struct FrameRateWatch {
    struct Measurement: Equatable {
        let intervalMilliseconds: Double
        let isByArrival: Bool
    }

    /// Share by which a measured interval may differ from the stated one.
    static let tolerance = 0.03

    private static let blockLength = 32
    private static let blockCount = 8

    private var start: FrameStamp?
    /// Mean intervals of blocks of frames, in ms: by the sender's times where there are any, and by those of arrival.
    private var sent: [Double] = []
    private var arrived: [Double] = []
    private var isDone = false

    /// Takes the next frame.
    ///
    /// - Returns: The median of eight blocks, once.
    mutating func take(_ stamp: FrameStamp) -> Measurement? {
        guard !isDone, stamp.receiveNanoseconds > 0 else { return nil }
        guard let start, stamp.index > start.index else {
            self.start = stamp
            return nil
        }
        let count = stamp.index - start.index
        guard count >= Self.blockLength else { return nil }
        func interval(_ first: Int64, _ last: Int64) -> Double { (Double(last) - Double(first)) / 1e6 / Double(count) }
        arrived.append(interval(start.receiveNanoseconds, stamp.receiveNanoseconds))
        if let first = start.acquisitionNanoseconds, let last = stamp.acquisitionNanoseconds, last > first {
            sent.append(interval(first, last))
        }
        self.start = stamp
        guard arrived.count == Self.blockCount else { return nil }
        isDone = true
        let isByArrival = sent.count < Self.blockCount
        let sorted = (isByArrival ? arrived : sent).sorted()
        return Measurement(
            intervalMilliseconds: (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2,
            isByArrival: isByArrival
        )
    }
}
