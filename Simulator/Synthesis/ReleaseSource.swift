import Imaging

/// A box of frames, rows and columns, clipped to the recording.
package struct ReleaseExtent: Sendable, Equatable {
    package var frames: Range<Int>
    package var rows: Range<Int>
    package var columns: Range<Int>

    package var pixelCount: Int { rows.count * columns.count }
    package var isEmpty: Bool { frames.isEmpty || rows.isEmpty || columns.isEmpty }

    /// Clips a span around `centre` to `0 ..< count`; empty if it lies outside.
    static func clipped(_ centre: Double, reach: Double, count: Int) -> Range<Int> {
        let lower = min(max(0, Int((centre - reach).rounded(.down))), count)
        let upper = min(max(lower, Int((centre + reach).rounded(.up)) + 1), count)
        return lower..<max(lower, upper)
    }
}

/// Something that releases calcium: adds ΔF/F0 to the frames and pixels of its extent.
protocol ReleaseSource: Sendable {
    var extent: ReleaseExtent { get }

    /// Writes the ΔF/F0 of one frame into `patch`, `[row][column]` of the extent.
    func render(frame: Int, into patch: inout [Float])
}

/// A source with what an annotator would write down about it.
struct ScheduledRelease: Sendable {
    var source: any ReleaseSource
    var eventClass: EventClass
    var truth: ReleaseTruth
    /// Index of the puff that this spark rides on and whose label it shares.
    var host: Int?
    var visibility: AnnotatorView = .clear

    /// What annotators think of an event.
    enum AnnotatorView: Sendable {
        /// An event of its class, if it is above the threshold.
        case clear
        /// Too far out of focus to be sure: undefined, if it is above the threshold.
        case doubtful
        /// Not seen.
        case overlooked
    }
}

/// The ground truth of one release, independent of what became of its label.
package struct ReleaseTruth: Sendable, Codable, Equatable {
    /// Frame in which release starts, with fraction.
    package var onsetFrame: Double
    /// Frame of the largest noise-free ΔF/F0, with fraction.
    package var peakFrame: Double
    package var centreXPixels: Double
    package var centreYPixels: Double
    /// Largest noise-free ΔF/F0 at the centre.
    package var amplitudeDff0: Double
    /// Full width at half maximum along x and y at the peak; nil for waves.
    package var fwhmXMicrometres: Double?
    package var fwhmYMicrometres: Double?
    package var riseMilliseconds: Double
    package var decayMilliseconds: Double
    /// Full duration at half maximum of the light at the centre.
    package var fdhmMilliseconds: Double
    package var defocusMicrometres: Double
    /// Waves: mean speed of the front before it slows down.
    package var velocityMicrometresPerSecond: Double?
    /// Puffs: number of peaks of the time course.
    package var subPeakCount: Int?
    /// Largest ΔF/F0 that light shows: the dye saturates.
    ///
    /// Puffs: of the brightest square micrometre; waves: mean over the swept pixels.
    package var visibleAmplitudeDff0: Double
    /// The same as (F - F0) / (F0 - blank), with all light of the place in F0 and the light far from the cell as blank.
    package var measurableAmplitudeDff0: Double?
    /// Full duration at 5 % of the maximum of the light at the centre.
    package var fd05Milliseconds: Double
    /// Waves: speed of the drawn front along the frame, median over stretches of eleven µm.
    package var frontSpeedMicrometresPerSecond: Double?
}

/// A time course sampled at sub-frame steps, with the moments that describe it.
struct TimeCourse: Sendable {
    static let samplesPerFrame = 8
    /// Values from the onset on, the largest is 1.
    let samples: [Float]
    let peakFrames: Double
    let halfDurationFrames: Double
    /// Duration above 5 % of the largest value.
    let fullDurationFrames: Double

    /// - Parameters:
    ///   - frames: Length to sample, in frames.
    ///   - shape: Value at a time after the onset, in frames.
    init(frames: Double, shape: (Double) -> Double) {
        let count = max(2, Int(frames * Double(Self.samplesPerFrame)))
        self.init(values: (0..<count).map { shape(Double($0) / Double(Self.samplesPerFrame)) })
    }

    private init(values: [Double]) {
        let peak = values.indices.max { values[$0] < values[$1] } ?? 0
        let height = max(values[peak], 1e-12)
        let shares = values.map { $0 / height }
        samples = shares.map(Float.init)
        peakFrames = Double(peak) / Double(Self.samplesPerFrame)
        halfDurationFrames = Self.duration(of: shares, above: 0.5) / Double(Self.samplesPerFrame)
        fullDurationFrames = Self.duration(of: shares, above: 0.05) / Double(Self.samplesPerFrame)
    }

    /// The course of the light where release of this ΔF/F0 has this course: the dye saturates.
    func visible(amplitude: Double, dye: Dye) -> TimeCourse {
        TimeCourse(values: samples.map { Double(dye.visible(Float(amplitude) * $0)) })
    }

    /// Distance of the first crossing of a level from the last one, in samples.
    static func duration(of values: [Double], above level: Double) -> Double {
        guard let first = values.firstIndex(where: { $0 >= level }), let last = values.lastIndex(where: { $0 >= level })
        else { return 0 }
        let rise = first > 0 ? (values[first] - level) / (values[first] - values[first - 1]) : 0
        let fall = last + 1 < values.count ? (values[last] - level) / (values[last] - values[last + 1]) : 0
        return Double(last - first) + rise + fall
    }

    var durationFrames: Double { Double(samples.count) / Double(Self.samplesPerFrame) }

    /// The value `time` frames after the onset; 0 before it and after the end.
    func value(at time: Double) -> Float {
        guard time >= 0 else { return 0 }
        let position = time * Double(Self.samplesPerFrame)
        let index = Int(position)
        guard index < samples.count else { return 0 }
        let next = index + 1 < samples.count ? samples[index + 1] : 0
        let fraction = Float(position - Double(index))
        return samples[index] + (next - samples[index]) * fraction
    }
}
