import Foundation
import Imaging

/// A Ca2+ spark: a Gaussian spot that appears within milliseconds, widens and fades.
struct SparkSource: ReleaseSource {
    let extent: ReleaseExtent
    private let onsetFrame: Double
    private let x: Double
    private let y: Double
    private let amplitude: Double
    private let sigmaX: Double
    private let sigmaY: Double
    private let wideningFrames: Double
    private let exponent: Double
    private let course: TimeCourse

    struct Parameters {
        var x: Double
        var y: Double
        var onsetFrame: Double
        var amplitude: Double
        var riseMilliseconds: Double
        var decayMilliseconds: Double
        var widthMicrometres: Double
        var anisotropy: Double
        var profileExponent: Double
        var defocusMicrometres: Double
        var kinetics: SparkKinetics
    }

    init(_ parameters: Parameters, calibration: Calibration, size: FrameSize, frameCount: Int) {
        let interval = calibration.frameIntervalMilliseconds
        // From 10 to 90 % a single exponential takes 2.2 time constants.
        let rise = parameters.riseMilliseconds / 2.2 / interval
        let decay = parameters.decayMilliseconds / interval
        let release = 2 * rise
        let kinetics = parameters.kinetics
        course = TimeCourse(frames: min(8 * rise + 5 * decay, 150)) { time in
            switch kinetics {
            case .doubleExponential: (1 - exp(-time / rise)) * exp(-time / decay)
            case .releaseThenDecay:
                time < release ? 1 - exp(-time / rise) : (1 - exp(-release / rise)) * exp(-(time - release) / decay)
            case .gamma: time * time * exp(-2 * time / decay)
            case .abrupt: exp(-time / decay)
            case .twoDecays: (1 - exp(-time / rise)) * (0.7 * exp(-1.3 * time / decay) + 0.3 * exp(-0.5 * time / decay))
            }
        }
        let sigma = parameters.widthMicrometres / calibration.pixelSizeMicrometres / 2.3548
        sigmaX = sigma * parameters.anisotropy.squareRoot()
        sigmaY = sigma / parameters.anisotropy.squareRoot()
        wideningFrames = 10 / interval
        exponent = parameters.profileExponent
        onsetFrame = parameters.onsetFrame
        x = parameters.x
        y = parameters.y
        amplitude = parameters.amplitude
        let firstFrame = max(0, min(frameCount, Int(onsetFrame.rounded(.up))))
        let endFrame = max(firstFrame, min(frameCount, Int(onsetFrame + course.durationFrames)))
        extent = ReleaseExtent(
            frames: firstFrame..<endFrame,
            rows: ReleaseExtent.clipped(y, reach: 3.6 * sigmaY, count: size.height),
            columns: ReleaseExtent.clipped(x, reach: 3.6 * sigmaX, count: size.width)
        )
    }

    func truth(parameters: Parameters, calibration: Calibration, dye: Dye) -> ReleaseTruth {
        let interval = calibration.frameIntervalMilliseconds
        let light = course.visible(amplitude: amplitude, dye: dye)
        let width = spread(age: course.peakFrames) * 2.3548 * calibration.pixelSizeMicrometres
        return ReleaseTruth(
            onsetFrame: onsetFrame,
            peakFrame: onsetFrame + course.peakFrames,
            centreXPixels: x,
            centreYPixels: y,
            amplitudeDff0: amplitude,
            fwhmXMicrometres: sigmaX * width,
            fwhmYMicrometres: sigmaY * width,
            riseMilliseconds: parameters.riseMilliseconds,
            decayMilliseconds: parameters.decayMilliseconds,
            fdhmMilliseconds: light.halfDurationFrames * interval,
            defocusMicrometres: parameters.defocusMicrometres,
            visibleAmplitudeDff0: Double(dye.visible(Float(amplitude))),
            fd05Milliseconds: light.fullDurationFrames * interval
        )
    }

    func render(frame: Int, into patch: inout [Float]) {
        let age = Double(frame) - onsetFrame
        let height = Float(amplitude) * course.value(at: age)
        let spread = spread(age: age)
        let profileX = profile(extent.columns, centre: x, sigma: sigmaX * spread)
        let profileY = profile(extent.rows, centre: y, sigma: sigmaY * spread)
        var index = 0
        for row in profileY {
            for column in profileX {
                patch[index] = height * row * column
                index += 1
            }
        }
    }

    /// Width in units of that of the grown spark, by frames since the onset.
    private func spread(age: Double) -> Double {
        0.45 + 0.6 * (1 - exp(-age / wideningFrames)) + 0.004 * age
    }

    /// The fall-off along one axis, with the half width of a Gaussian of this standard deviation.
    private func profile(_ range: Range<Int>, centre: Double, sigma: Double) -> [Float] {
        range.map { position in
            let halfWidths = abs(Double(position) - centre) / (1.1774 * sigma)
            return Float(exp2(-pow(halfWidths, exponent)))
        }
    }
}
