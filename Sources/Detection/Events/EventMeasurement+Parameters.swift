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
        }
        set(local.course, onset: onset, noise: local.noise, light: local.restingLight, &values)
        if let transient = local.transient {
            let rise = transient.rise < 0.5 ? nil : transient.rise * interval
            values.set(.riseTime, rise, otherwise: .fasterThanFrames)
            values.set(.decayTime, transient.decay * interval, otherwise: .fitDidNotConverge)
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
        values.set(.fullDurationHalfMaximum, half.map { $0 * interval }, otherwise: missing)
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
        let interval = calibration.frameIntervalMilliseconds
        let rise = course.timeToShare
        values.set(.riseTime, rise.map { $0 * interval }, otherwise: .startNotRecorded)
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
        values.set(
            .decayTime,
            decay.map { $0 * interval },
            otherwise: start == nil ? .endNotRecorded : .fitDidNotConverge
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
