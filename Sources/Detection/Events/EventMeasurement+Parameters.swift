import Foundation
import Imaging

extension EventMeasurement {
    /// Everything that is measured in the frames around an instance.
    ///
    /// - Returns: Values and reasons of all parameters but ``EventParameter/rawPeak`` and ``EventParameter/delay``, and
    ///   the trace.
    func parameters(
        of instance: Instance,
        extent: InstanceExtent,
        in segment: RecordedSegment,
        surroundings: SurroundingFrames
    ) -> (ParameterValues, EventTrace?) {
        var values = ParameterValues()
        let isLost = { segment.isLeftOut(segment.origin + $0) }
        do throws(RegionProfiles.Unavailable) {
            if instance.eventClass == .wave {
                values.setOthers(.notOfThisClass) { [.widthX, .widthY, .mass].contains($0) }
                setWaveMask(instance, extent: extent, &values)
                let wave = try WaveMeasurement.measure(
                    instance,
                    extent: extent,
                    in: surroundings,
                    calibration: calibration,
                    squareSide: squareSide,
                    isLost: isLost
                )
                let trace = set(wave, in: segment, &values)
                judge(certainty(of: wave, extent: extent, blank: surroundings.blank), &values)
                return (values, trace)
            }
            values.setOthers(.notOfThisClass) { $0.isOfWaves }
            let local = try LocalMeasurement.measure(
                instance,
                extent: extent,
                in: surroundings,
                calibration: calibration,
                squareSide: squareSide,
                isLost: isLost
            )
            let trace = set(local, of: instance, in: segment, &values)
            judge(certainty(of: local, extent: extent, blank: surroundings.blank), &values)
            return (values, trace)
        } catch {
            values.setOthers(error.reason)
            return (values, nil)
        }
    }

    private func setWaveMask(_ instance: Instance, extent: InstanceExtent, _ values: inout ParameterValues) {
        let pixelSize = calibration.pixelSizeMicrometres
        values.set(
            .waveSweptArea,
            Double(extent.footprintPixelCount) * pixelSize * pixelSize,
            otherwise: .tooFewSamples
        )
        let speed = WaveMeasurement.centroidSpeed(of: instance).map { $0 * pixelSize * framesPerSecond }
        values.set(.waveSpeedCentroid, speed, otherwise: .tooFewSamples)
    }

    private var framesPerSecond: Double { 1000 / calibration.frameIntervalMilliseconds }

    private func set(
        _ wave: WaveMeasurement.Result,
        in segment: RecordedSegment,
        _ values: inout ParameterValues
    ) -> EventTrace? {
        let pixelSize = calibration.pixelSizeMicrometres
        let interval = calibration.frameIntervalMilliseconds
        values.set(
            .waveSpeedLineScan,
            (wave.path?.speed).map { $0 * pixelSize * framesPerSecond },
            otherwise: wave.path == nil ? .tooFewSamples : .fasterThanFrames
        )
        values.set(.waveDirection, wave.directionDegrees, otherwise: .noSingleDirection)
        values.set(.waveOriginX, (wave.origin?.column).map { $0 * pixelSize }, otherwise: .tooFewSamples)
        values.set(.waveOriginY, (wave.origin?.row).map { $0 * pixelSize }, otherwise: .tooFewSamples)
        let onset = wave.course.flatMap { course in
            course.lineOnset.flatMap { lineOnset in wave.firstArrival.map { lineOnset + $0 } }
        }
        values.set(
            .onset,
            onset.map { ($0 + Double(segment.origin)) * interval },
            otherwise: wave.course == nil ? .fitDidNotConverge : .startNotRecorded
        )
        set(wave.course, onset: wave.course?.lineOnset, noise: wave.noise, light: wave.restingLight, &values)
        setShapeTimes(wave.course, samples: wave.profile.map { ($0.time, $0.value) }, &values)
        values.setOthers(.fitDidNotConverge)
        guard let fit = wave.fit, let firstArrival = wave.firstArrival, let first = wave.profile.first else {
            return nil
        }
        return EventTrace(
            firstFrame: segment.origin + Int(saturating: (first.time + firstArrival).rounded()),
            values: wave.profile.map { $0.value },
            fit: wave.profile.map { fit($0.time) }
        )
    }

    private func set(
        _ local: LocalMeasurement.Result,
        of instance: Instance,
        in segment: RecordedSegment,
        _ values: inout ParameterValues
    ) -> EventTrace? {
        let pixelSize = calibration.pixelSizeMicrometres
        let interval = calibration.frameIntervalMilliseconds
        let onset = local.transient?.onset ?? local.course?.lineOnset
        values.set(
            .onset,
            onset.map { ($0 + Double(segment.origin)) * interval },
            otherwise: local.course == nil ? .fitDidNotConverge : .startNotRecorded
        )
        if let spot = local.spot {
            let widthX = local.widths.x?.width ?? spot.sigmaX * Spot.widthPerSigma
            let widthY = local.widths.y?.width ?? spot.sigmaY * Spot.widthPerSigma
            values.set(.widthX, widthX * pixelSize, otherwise: .fitDidNotConverge)
            values.set(.widthY, widthY * pixelSize, otherwise: .fitDidNotConverge)
        } else if local.hasImpossibleSpot {
            values.setOthers(.outOfBounds) { [.widthX, .widthY, .mass].contains($0) }
        }
        set(local.course, onset: onset, noise: local.noise, light: local.restingLight, &values)
        if let transient = local.transient {
            let longest = local.trace.last.map { max(Double($0.frame) - transient.onset, 1) }
            setTime(.riseTime, frames: transient.rise, longest: longest, otherwise: .fitDidNotConverge, &values)
            setTime(.decayTime, frames: transient.decay, longest: longest, otherwise: .fitDidNotConverge, &values)
        } else if instance.eventClass == .puff {
            setShapeTimes(local.course, samples: local.trace.map { (Double($0.frame), $0.value) }, &values)
        }
        if let amplitude = values.values[.amplitude], let x = values.values[.widthX], let y = values.values[.widthY] {
            let width = (x + y) / 2
            values.set(.mass, amplitude * 1.206 * width * width * width, otherwise: .fitDidNotConverge)
        }
        values.setOthers(.fitDidNotConverge)
        return trace(local, in: segment)
    }

    /// What all classes have in common; times relative to those of the course.
    private func set(
        _ course: CourseMeasures?,
        onset: Double?,
        noise: Double?,
        light: Double?,
        _ values: inout ParameterValues
    ) {
        guard let course else { return }
        let interval = calibration.frameIntervalMilliseconds
        values.set(.amplitude, course.amplitude, otherwise: .fitDidNotConverge)
        values.set(
            .amplitudeCounts,
            light.map { course.amplitude * $0 * countsPerUnit },
            otherwise: .noBaseline
        )
        values.set(.timeToPeak, onset.map { max(0, course.peakTime - $0) * interval }, otherwise: .startNotRecorded)
        let missing: UnavailableReason = course.halfRise == nil ? .startNotRecorded : .endNotRecorded
        let half = course.halfFall.flatMap { fall in course.halfRise.map { fall - $0 } }
        setTime(.fullDurationHalfMaximum, frames: half, otherwise: missing, &values)
        let low = course.lowFall.flatMap { fall in course.lowRise.map { fall - $0 } }
        let lowMissing: UnavailableReason = course.lowRise == nil ? .startNotRecorded : .endNotRecorded
        values.set(.fullDuration5Percent, low.map { $0 * interval }, otherwise: lowMissing)
        values.set(.area, course.area.map { $0 * interval }, otherwise: lowMissing)
        values.set(.maximumRiseRate, course.largestRise * framesPerSecond, otherwise: .startNotRecorded)
        values.set(
            .signalToNoise,
            noise.flatMap { $0 > 0 ? course.amplitude / $0 : nil },
            otherwise: .tooFewSamples
        )
    }

    /// Rise and decay of courses that are no simple transients.
    private func setShapeTimes(
        _ course: CourseMeasures?,
        samples: [(time: Double, value: Double)],
        _ values: inout ParameterValues
    ) {
        guard let course else { return }
        setTime(.riseTime, frames: course.timeToShare, otherwise: .startNotRecorded, &values)
        let start = course.decayStart
        let decaying = start.map { start in samples.filter { $0.time >= start } } ?? []
        let decay = start.flatMap { start in
            DecayFit(
                start: start,
                level: course.baseline,
                times: decaying.map(\.time),
                values: decaying.map(\.value)
            ).fit()
        }
        setTime(.decayTime, frames: decay, otherwise: start == nil ? .endNotRecorded : .fitDidNotConverge, &values)
    }

    /// Sets a time constant that frames can show: half of an interval at least, and no longer than what was recorded.
    private func setTime(
        _ parameter: EventParameter,
        frames: Double?,
        longest: Double? = nil,
        otherwise reason: UnavailableReason,
        _ values: inout ParameterValues
    ) {
        guard let frames else { return values.set(parameter, nil, otherwise: reason) }
        if frames < Self.shortestFrames { return values.set(parameter, nil, otherwise: .fasterThanFrames) }
        if let longest, frames > longest { return values.set(parameter, nil, otherwise: .outOfBounds) }
        values.set(parameter, frames * calibration.frameIntervalMilliseconds, otherwise: reason)
    }

    private static let shortestFrames = 0.5

    private func certainty(
        of local: LocalMeasurement.Result,
        extent: InstanceExtent,
        blank: BlankLevel
    ) -> AmplitudeCertainty? {
        guard let noise = local.noise, let light = local.restingLight else { return nil }
        return AmplitudeCertainty(
            noise: noise,
            peakCount: peakCount(of: local.course, fit: local.fit, times: local.trace.map { Double($0.frame) }),
            restingFrameCount: extent.frames.lowerBound,
            restingLight: light,
            blank: blank
        )
    }

    private func certainty(
        of wave: WaveMeasurement.Result,
        extent: InstanceExtent,
        blank: BlankLevel
    ) -> AmplitudeCertainty? {
        guard let noise = wave.noise, let light = wave.restingLight else { return nil }
        return AmplitudeCertainty(
            noise: noise,
            peakCount: wave.tileCount
                * peakCount(of: wave.course, fit: wave.fit, times: wave.profile.map { $0.time }),
            restingFrameCount: extent.frames.lowerBound,
            restingLight: light,
            blank: blank
        )
    }

    private func trace(_ local: LocalMeasurement.Result, in segment: RecordedSegment) -> EventTrace? {
        guard let first = local.trace.first?.frame, let last = local.trace.last?.frame, let fit = local.fit else {
            return nil
        }
        var samples = [Double?](repeating: nil, count: last - first + 1)
        for sample in local.trace { samples[sample.frame - first] = sample.value }
        return EventTrace(
            firstFrame: segment.origin + first,
            values: samples,
            fit: (first...last).map { fit(Double($0)) }
        )
    }
}
