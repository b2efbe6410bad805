import Imaging

/// How certain the amplitude of an event is: by noise, and by what is not known of F0 and of the light outside.
struct AmplitudeCertainty {
    /// Standard deviation of a value of the course, ΔF/F0.
    let noise: Double
    /// Values of the course near its peak, and places that they are means of.
    let peakCount: Int
    /// Quiet frames before the event that F0 is a mean of, at most.
    let restingFrameCount: Int
    /// F0 above the blank level, normalised.
    let restingLight: Double
    let blank: BlankLevel

    /// The weights of an exponential mean over 128 frames are worth so many equal ones at most, and 16 at least.
    private static let mostRestingFrames = 255
    private static let fewestRestingFrames = 16

    /// Share of an amplitude by which events are off that are no Gaussians with the course that is fitted.
    private static let shapeError = 0.1
    /// What fitting place, widths and course to the same noise makes of it.
    private static let noiseFactor = 1.5

    /// By noise alone.
    var noiseError: Double { Self.noiseFactor * noise / Double(max(1, peakCount)).squareRoot() }

    /// True if F0 is clearly above the light outside, so that ratios to it mean something.
    var hasClearResting: Bool { restingLight > Double(blank.leastResting) }

    /// One standard error of an amplitude.
    func error(of amplitude: Double) -> Double {
        let frames = Double(min(max(restingFrameCount, Self.fewestRestingFrames), Self.mostRestingFrames))
        let restingError = noise / frames.squareRoot()
        let blankError = restingLight > 0 ? Double(blank.error) / restingLight : 0
        // F0 stands in the difference and in the ratio: dA = (1 + A) dF0 / (F0 - blank); the blank level in the ratio only.
        let byResting = (1 + amplitude) * restingError
        let byBlank = amplitude * blankError
        let byShape = amplitude * Self.shapeError
        return (noiseError * noiseError + byResting * byResting + byBlank * byBlank + byShape * byShape).squareRoot()
    }
}

extension EventMeasurement {
    private static let ratios: Set<EventParameter> = [.amplitude, .amplitudeError, .mass, .area, .maximumRiseRate]
    private static let shapes: Set<EventParameter> = [
        .onset, .timeToPeak, .fullDurationHalfMaximum, .fullDuration5Percent, .riseTime, .decayTime, .area,
        .maximumRiseRate, .mass,
    ]
    /// Errors by noise that an amplitude has to exceed for the course to have a shape.
    private static let leastErrors = 2.0

    /// Gives the amplitude its error, and takes back what the light does not allow.
    func judge(_ certainty: AmplitudeCertainty?, _ values: inout ParameterValues) {
        guard let amplitude = values.values[.amplitude] else { return }
        guard let certainty else { return values.set(.amplitudeError, nil, otherwise: .tooFewSamples) }
        values.set(.amplitudeError, certainty.error(of: amplitude), otherwise: .tooFewSamples)
        if amplitude < Self.leastErrors * certainty.noiseError { values.withdraw(Self.shapes, because: .belowNoise) }
        if !certainty.hasClearResting { values.withdraw(Self.ratios, because: .baselineAtDarkLevel) }
    }

    /// Frames in which a fitted course is near its peak: at 70 % of its amplitude or above.
    func peakCount(of course: CourseMeasures?, fit: ((Double) -> Double)?, times: [Double]) -> Int {
        guard let course, let fit else { return 1 }
        return max(1, times.count { fit($0) - course.baseline >= 0.7 * course.amplitude })
    }
}
