/// A measured quantity that the data of an event may be unable to give; raw values are the published names.
///
/// Definitions with formulas are in Documentation/reference/parameters.md.
package enum EventParameter: String, Sendable, CaseIterable, Codable {
    /// Peak of the fitted course above its baseline, ΔF/F0.
    case amplitude = "amplitude_dff0"
    /// One standard error of the amplitude, by noise and by what is not known of F0 and of the light outside.
    case amplitudeError = "amplitude_error_dff0"
    /// The amplitude in counts at the centre.
    case amplitudeCounts = "amplitude_counts"
    /// Largest mean of the raw data, without any fit, ΔF/F0; the value of ``CalciumEvent/peakDeltaFOverF0``.
    case rawPeak = "raw_peak_dff0"
    /// Onset, ms since acquisition frame 0.
    case onset = "t0_ms"
    case timeToPeak = "ttp_ms"
    /// Full duration at half of the amplitude.
    case fullDurationHalfMaximum = "fdhm_ms"
    /// Full duration at 5 % of the amplitude.
    case fullDuration5Percent = "fd05_ms"
    case riseTime = "tau_rise_ms"
    case decayTime = "tau_decay_ms"
    /// Full widths at half of the peak, along x and y.
    case widthX = "fwhm_x_um"
    case widthY = "fwhm_y_um"
    case mass = "event_mass_dff0_um3"
    /// Amplitude over the standard deviation of the trace before the onset.
    case signalToNoise = "snr"
    /// Area under the fitted course.
    case area = "auc_dff0_ms"
    /// Steepest rise of the fitted course within one frame interval.
    case maximumRiseRate = "max_rise_rate_dff0_per_s"
    /// Time since the event before at the same site.
    case delay = "delay_ms"
    case waveSpeedLineScan = "wave_speed_line_scan_um_per_s"
    case waveSpeedCentroid = "wave_speed_centroid_um_per_s"
    /// Where the wave runs: 0 along x, 90 along y (down the image).
    case waveDirection = "wave_direction_deg"
    case waveSweptArea = "wave_swept_area_um2"
    /// Place where the wave starts.
    case waveOriginX = "wave_origin_x_um"
    case waveOriginY = "wave_origin_y_um"

    /// What it is measured in.
    package var unit: String {
        switch self {
        case .amplitude, .amplitudeError, .rawPeak: "ΔF/F0"
        case .amplitudeCounts: "counts"
        case .onset, .timeToPeak, .fullDurationHalfMaximum, .fullDuration5Percent, .riseTime, .decayTime, .delay: "ms"
        case .widthX, .widthY, .waveOriginX, .waveOriginY: "µm"
        case .mass: "ΔF/F0 µm³"
        case .signalToNoise: "1"
        case .area: "ΔF/F0 ms"
        case .maximumRiseRate: "ΔF/F0 / s"
        case .waveSpeedLineScan, .waveSpeedCentroid: "µm/s"
        case .waveDirection: "°"
        case .waveSweptArea: "µm²"
        }
    }

    /// True for quantities that only waves have.
    package var isOfWaves: Bool {
        switch self {
        case .waveSpeedLineScan, .waveSpeedCentroid, .waveDirection, .waveSweptArea, .waveOriginX, .waveOriginY: true
        default: false
        }
    }
}

/// Why a parameter of an event has no value.
package enum UnavailableReason: String, Sendable, CaseIterable, Codable {
    /// No pixel of the measured region had enough event-free frames before the event.
    case noBaseline = "no_baseline"
    /// F0 of the measured region is not clearly above the light outside, so a ratio to it means nothing.
    case baselineAtDarkLevel = "baseline_at_dark_level"
    /// The quantity is not defined for events of this class.
    case notOfThisClass = "not_of_this_class"
    /// The event began before the first frames that are still held.
    case longerThanHistory = "longer_than_history"
    /// Too few frames or pixels can be used.
    case tooFewSamples = "too_few_samples"
    /// The least-squares fit found no minimum that makes sense.
    case fitDidNotConverge = "fit_did_not_converge"
    /// The rise is not within the recorded frames.
    case startNotRecorded = "start_not_recorded"
    /// The fall is not within the recorded frames.
    case endNotRecorded = "end_not_recorded"
    /// Faster than half of a frame interval.
    case fasterThanFrames = "faster_than_frames"
    /// The fit ends at a time constant longer than what was recorded of the rise or the decay.
    case outOfBounds = "out_of_bounds"
    /// The fitted course does not rise above its error: there is no shape to measure.
    case belowNoise = "below_noise"
    /// Frames without light lie within the event or right beside it.
    case darkFrames = "dark_frames"
    /// Nothing was found at the site before.
    case noEarlierEvent = "no_earlier_event"
    /// The wave does not run in one direction, or too short a way.
    case noSingleDirection = "no_single_direction"
}

/// Values of parameters, or why there is none.
struct ParameterValues {
    private(set) var values: [EventParameter: Double] = [:]
    private(set) var reasons: [EventParameter: UnavailableReason] = [:]

    /// True if the amplitude may be wrong by more than is usual.
    var isAmplitudeUncertain: Bool {
        guard let amplitude = values[.amplitude] else { return false }
        let error = values[.amplitudeError] ?? 0
        return error > Self.largestRelativeError * amplitude || amplitude > Self.largestAmplitude
    }

    private static let largestRelativeError = 0.3
    /// ΔF/F0 that no dye shows in a cell.
    private static let largestAmplitude = 15.0

    /// Takes back what was set.
    mutating func withdraw(_ parameters: Set<EventParameter>, because reason: UnavailableReason) {
        for parameter in parameters where values[parameter] != nil { set(parameter, nil, otherwise: reason) }
    }

    /// Sets a value, or the reason if there is none or it is not finite.
    mutating func set(_ parameter: EventParameter, _ value: Double?, otherwise reason: UnavailableReason) {
        if let value, value.isFinite {
            values[parameter] = value
            reasons[parameter] = nil
        } else {
            values[parameter] = nil
            reasons[parameter] = reason
        }
    }

    /// Gives every parameter that has neither value nor reason yet the same reason.
    mutating func setOthers(_ reason: UnavailableReason, where isMeant: (EventParameter) -> Bool = { _ in true }) {
        for parameter in EventParameter.allCases
        where values[parameter] == nil && reasons[parameter] == nil && isMeant(parameter) {
            reasons[parameter] = reason
        }
    }
}
