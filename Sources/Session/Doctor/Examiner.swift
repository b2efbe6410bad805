package import Detection
import Foundation
package import Imaging

/// Turns what is known of a recording into checks with value, limit and advice.
package struct Examiner {
    package var measures: RecordingMeasures
    package var calibration: CalibrationChoice
    /// Remarks on the bits of the counts; nil if nothing is wrong with them.
    package var countRemark: String?
    /// Bits of the camera, as taken; nil if nobody states them.
    package var bitDepth: Int?
    /// Time between frames as measured, in ms; nil where nothing tells.
    package var measuredIntervalMilliseconds: Double?
    /// Nil where movement was not looked for.
    package var movement: MovementSummary?
    package var size: FrameSize
    /// Frames that the network is shown for each of the camera.
    package var networkFramesPerFrame = 1
    /// Frames without light as the detector found them; nil: those of the survey.
    package var darkFrameCount: Int?
    /// Recording time per computing time; nil where nothing was computed.
    package var realTimeFactor: Double?
    /// The recordings that the model was trained on; nil if that is not known.
    package var familiar: FamiliarStyles?

    package init(measures: RecordingMeasures, calibration: CalibrationChoice, size: FrameSize) {
        self.measures = measures
        self.calibration = calibration
        self.size = size
    }

    package var examination: Examination {
        var checks = [
            bits, saturation, darkLevel, darkFrames, repeatedFrames, channels, bleaching, flicker, motion, light,
            signalToNoise, quantity(calibration.pixelSize), quantity(calibration.frameInterval), style,
        ]
        if let realTimeFactor { checks.append(speed(realTimeFactor)) }
        return Examination(frameCount: measures.frameCount, checks: checks)
    }

    // MARK: Counts

    private var bits: Check {
        let text = bitDepth.map { "\($0) bits" } ?? "16 bits"
        // Dim movies of 16 bits leave some of them empty, too; those of 12 bits leave more.
        let isDoubtful = countRemark != nil && measures.largestCount <= Self.largestOfTwelveBits
        return Check(
            .bitDepth,
            isDoubtful ? .notice : .good,
            value: Double(bitDepth ?? 16),
            unit: "bits",
            text: isDoubtful
                ? "nobody states it, and the largest count is \(measures.largestCount.shortText)"
                : bitDepth == nil ? "\(text), as nobody states another" : text,
            limit: "as many as the camera has",
            advice: countRemark
        )
    }

    private static let largestOfTwelveBits = 4095.0

    private static let tolerableSaturation = 1e-5
    private static let badSaturation = 1e-3
    private static let leastSaturated = 8.0

    private var saturation: Check {
        let share = measures.largestShare
        let voxelCount = share * Double(measures.frameCount) * Double(size.pixelCount)
        let isPiled = voxelCount >= Self.leastSaturated && share > Self.tolerableSaturation
        return Check(
            .saturation,
            isPiled ? (share > Self.badSaturation ? .bad : .notice) : .good,
            value: 100 * (isPiled ? share : 0),
            unit: "%",
            text: isPiled
                ? "\(percent(share)) at the largest count, \(measures.largestCount.shortText)"
                : "largest count \(measures.largestCount.shortText)",
            limit: "at most 0.001 % of the pixels at the largest count",
            advice: "peaks are cut off there and amplitudes too small: less laser power or gain"
        )
    }

    private static let tolerableClipping = 0.5

    private var darkLevel: Check {
        let isClipped = measures.smallestShare > Self.tolerableClipping
        return Check(
            .darkLevel,
            isClipped ? .notice : .good,
            value: measures.darkLevelCounts.rounded(),
            unit: "counts",
            text: "\(measures.darkLevelCounts.rounded().shortText) counts, "
                + "\(percent(measures.smallestShare)) at the smallest count, \(measures.smallestCount.shortText)",
            limit: "at most 50 % at the smallest count",
            advice: "dim light is cut off below: more offset (black level), or more gain"
        )
    }

    // MARK: Frames

    private var darkFrames: Check {
        let count = darkFrameCount ?? measures.darkFrameCount
        return Check(
            .darkFrames,
            count == 0 ? .good : .notice,
            value: Double(count),
            unit: "frames",
            text: count == 0 ? "none" : "\(count) frames",
            limit: "no frames without light",
            advice: "a shutter, a laser that is off or zeros in place of frames: events beside them have no values"
        )
    }

    private static let tolerableRepeats = 0.005
    private static let badRepeats = 0.1

    private var repeatedFrames: Check {
        let count = measures.repeatedFrameCount
        let share = Double(count) / Double(max(1, count + measures.frameCount))
        return Check(
            .repeatedFrames,
            share <= Self.tolerableRepeats ? .good : share > Self.badRepeats ? .bad : .notice,
            value: Double(count),
            unit: "frames",
            text: count == 0 ? "none" : "\(count) frames, \(percent(share))",
            limit: "at most 0.5 % are the frame before",
            advice: "frames come more often than they are taken, so that the true interval is longer, or lost ones are "
                + "filled: time constants are wrong"
        )
    }

    private static let tolerableAlternation = 0.15

    private var channels: Check {
        let isAlternating = measures.alternation > Self.tolerableAlternation
        return Check(
            .channels,
            isAlternating ? .bad : .good,
            value: 100 * measures.alternation,
            unit: "%",
            text: isAlternating ? "every other frame shows another picture (\(percent(measures.alternation)))" : "one",
            limit: "even and odd frames differ by at most 15 % of the contrast",
            advice:
                "two channels or planes seem to alternate without being stated: store one, or state them (--channel)"
        )
    }

    private static let tolerableBleaching = 0.2
    private static let badBleaching = 0.5

    private var bleaching: Check {
        let change = measures.lightChange
        let seconds = Double(measures.frameCount) * calibration.frameInterval.value / 1000
        let size = abs(change)
        return Check(
            .bleaching,
            size <= Self.tolerableBleaching ? .good : size > Self.badBleaching ? .bad : .notice,
            value: 100 * change,
            unit: "%",
            text: "\(change < 0 ? "-" : "+")\(percent(size)) of the light in \((seconds * 10).rounded() / 10) s",
            limit: "at most 20 % either way",
            advice: change < 0
                ? "the dye bleaches or the focus drifts: less light or shorter recordings; F0 follows slowly"
                : "the light rises: dye that still loads, or a lamp that warms up; wait, or record a shorter time"
        )
    }

    private static let tolerableFlicker = 0.06
    private static let badFlicker = 0.2

    private var flicker: Check {
        Check(
            .flicker,
            measures.flicker <= Self.tolerableFlicker ? .good : measures.flicker > Self.badFlicker ? .bad : .notice,
            value: 100 * measures.flicker,
            unit: "%",
            text: percent(measures.flicker),
            limit: "at most 6 % (standard deviation of the light of frames)",
            advice: "light source, mains hum or exposure: whole frames change as events do"
        )
    }

    private static let tolerableShiftPixels = 1.5
    private static let tolerableUnsteadyShare = 0.05
    private static let badUnsteadyShare = 0.25
    private static let farthestShare = 0.15

    private var motion: Check {
        guard let movement, movement.frameCount > 0 else {
            return Check(.motion, .unknown, text: "not looked for", limit: "found and undone with --stabilize auto")
        }
        let unsteady = Double(movement.unsteadyFrameCount) / Double(movement.frameCount)
        let largest = movement.largestShiftPixels
        let isFar = largest > Self.farthestShare * Double(min(size.height, size.width))
        let isUnsteady = unsteady > Self.tolerableUnsteadyShare
        let moves = movement.undoneFrameCount > 0 && largest > Self.tolerableShiftPixels
        let isTorn = unsteady > Self.badUnsteadyShare
        let micrometres = (largest * calibration.pixelSize.value * 100).rounded() / 100
        return Check(
            .motion,
            isFar || isTorn ? .bad : moves || isUnsteady ? .notice : .good,
            value: (largest * 100).rounded() / 100,
            unit: "pixels",
            text: movement.undoneFrameCount > 0 || isUnsteady
                ? "up to \((largest * 10).rounded() / 10) pixels (\(micrometres) µm), undone in "
                    + "\(movement.undoneFrameCount) of \(movement.frameCount) frames, left in \(movement.unsteadyFrameCount)"
                : "still",
            limit: "at most 1.5 pixels, undone in all but 5 % of the frames",
            advice: isUnsteady
                ? "parts of the cell move otherwise than the whole, which cannot be undone: events flagged motion may be none"
                : isFar
                    ? "the cell leaves the view: fix the specimen"
                    : "it is undone before detection; fix the specimen if you can"
        )
    }

    // MARK: Light

    private static let fewestPhotons = 1.2
    private static let tolerablePhotons = 2.5

    private var light: Check {
        let limit = "at least 2.5 photons per pixel and frame in the bright part"
        guard let photons = measures.photons else {
            return Check(
                .light,
                .unknown,
                text: "not known: noise does not grow with light",
                limit: limit,
                advice:
                    "counts that were filtered, averaged or scaled hide how much light there was: take those of the camera"
            )
        }
        let gain = measures.gainCountsPerPhoton.map { ", \(Self.digits($0)) counts each" } ?? ""
        return Check(
            .light,
            photons >= Self.tolerablePhotons ? .good : photons < Self.fewestPhotons ? .bad : .notice,
            value: photons,
            unit: "photons",
            text: "\(Self.digits(photons)) photons per pixel and frame\(gain)",
            limit: limit,
            advice: "dim sparks drown in noise: more light, more dye, larger pixels or longer exposure"
        )
    }

    private static let tolerableSignal = 1.2
    private static let leastSignal = 0.8

    private var signalToNoise: Check {
        let limit = "at least 1.2 (light of the cell over the noise of a pixel)"
        guard let ratio = measures.signalToNoise else {
            return Check(.signalToNoise, .unknown, text: "no noise at all", limit: limit, advice: "is this a drawing?")
        }
        return Check(
            .signalToNoise,
            ratio >= Self.tolerableSignal ? .good : ratio < Self.leastSignal ? .bad : .notice,
            value: ratio,
            text: Self.digits(ratio),
            limit: limit,
            advice: "dim sparks drown in noise: more light, more dye, larger pixels or longer exposure"
        )
    }

    // MARK: What pixels and frames mean

    private static let largestInterpolatedRatio = 1.6

    private func quantity(_ value: CalibrationChoice.Value) -> Check {
        let usual = calibration.model[value.quantity]
        let range = CalibrationChoice.familiarRange(of: value.quantity)
        let factor = value.quantity == .frameInterval ? networkFramesPerFrame : 1
        let shown = value.value / Double(factor)
        let ratio = shown / usual
        // Frames between those of the camera help only so far.
        let isFamiliar = factor > 1 ? ratio <= Self.largestInterpolatedRatio : range.contains(ratio)
        let measured = value.quantity == .frameInterval ? measuredIntervalMilliseconds : nil
        let isOtherRate = measured.map { abs($0 / value.value - 1) > FrameRateWatch.tolerance } ?? false
        let lowest = value.quantity.text(((range.lowerBound * usual) * 1000).rounded() / 1000)
        let highest = value.quantity.text(((range.upperBound * usual) * 1000).rounded() / 1000)
        var advice: String?
        if let measured, isOtherRate {
            advice =
                "frames come every \(value.quantity.text((measured * 1000).rounded() / 1000)): check it, and give "
                + "\(value.quantity.option)"
        } else if !isFamiliar {
            advice =
                "events look different there and are missed or misnamed: check it, and give \(value.quantity.option)"
        } else if factor > 1 {
            advice =
                "slow for sparks: \(factor - 1) more between two frames are interpolated for the network, which finds more "
                + "of them; a faster camera finds more still"
        } else if value.isAssumed {
            advice = "nobody states it, so that µm and ms may be wrong: give \(value.quantity.option)"
        }
        return Check(
            value.quantity == .pixelSize ? .pixelSize : .frameInterval,
            isOtherRate || !isFamiliar ? .bad : value.isAssumed || factor > 1 ? .notice : .good,
            value: value.value,
            unit: value.quantity.unit,
            text: "\(value.quantity.text(value.value)) (\(value.origin))"
                + (factor > 1 ? ", shown as \(value.quantity.text((shown * 1000).rounded() / 1000))" : ""),
            limit: "stated, and \(lowest) to \(highest), which the model knows",
            advice: advice
        )
    }

    private var style: Check {
        let limit =
            "like the recordings that the model was trained on (distance at most \(FamiliarStyles.likeLimit.shortText))"
        guard let familiar, !measures.style.isEmpty else {
            return Check(.style, .unknown, text: "not known for this model", limit: limit)
        }
        let likeness = familiar.likeness(of: measures.style)
        let differing = likeness.differing.map(\.text).joined(separator: ", ")
        return Check(
            .style,
            likeness.grade,
            value: (likeness.distance * 100).rounded() / 100,
            text: "\(likeness.word) (\((likeness.distance * 100).rounded() / 100))"
                + (likeness.grade == .good || differing.isEmpty ? "" : "; differs: \(differing)"),
            limit: limit,
            advice:
                "events may look unlike those that the model learnt: look at what it finds, and fine-tune it on some "
                + "of your movies if it misses much"
        )
    }

    private func speed(_ factor: Double) -> Check {
        Check(
            .speed,
            factor >= 1.2 ? .good : factor >= 1 ? .notice : .bad,
            value: (factor * 100).rounded() / 100,
            text: "\((factor * 100).rounded() / 100) times real time",
            limit: "at least 1.2 for live detection",
            advice: "live detection does not keep up with this frame size and rate: crop, bin or take a faster computer"
        )
    }

    private func percent(_ share: Double) -> String { "\(Self.digits(100 * share)) %" }

    /// Three digits are enough for people.
    private static func digits(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
        let places = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
        let scale = pow(10, Double(min(places, 6)))
        return ((value * scale).rounded() / scale).shortText
    }
}
