import Foundation
import Imaging
import Testing
import sparksim

/// Kinds of laboratory: every one makes sound recordings that are its own.
@Suite struct StyleFamilyTests {
    private static func recording(
        _ family: StyleFamily,
        seed: UInt64,
        frameCount: Int = 60,
        annotatorCount: Int = 1,
        change: (inout RecordingStyle) -> Void = { _ in }
    ) -> SyntheticRecording {
        var random = SeededRandom(seed: seed).stream(0)
        let calibration = family.sampledCalibration(random: &random)
        let size = FrameSize(height: 48, width: 160)
        func made(like model: RecordingStyle?) -> SyntheticRecording {
            SyntheticRecording(
                seed: seed,
                size: size,
                frameCount: frameCount,
                calibration: calibration,
                family: family,
                resembling: model,
                annotatorCount: annotatorCount
            )
        }
        let first = made(like: nil)
        var style = first.style
        change(&style)
        return style == first.style ? first : made(like: style)
    }

    @Test(arguments: StyleFamily.allCases)
    func equalSeedsGiveEqualRecordings(family: StyleFamily) {
        let first = Self.recording(family, seed: 3, annotatorCount: 2)
        let second = Self.recording(family, seed: 3, annotatorCount: 2)
        #expect(first.counts == second.counts)
        #expect(first.labels.classes == second.labels.classes)
        #expect(first.otherClasses == second.otherClasses)
        #expect(first.summary == second.summary)
        #expect(Self.recording(family, seed: 4).counts != first.counts)
    }

    @Test(arguments: StyleFamily.allCases)
    func recordingsHoldLightAndCells(family: StyleFamily) {
        for seed in 11...16 as ClosedRange<UInt64> {
            let recording = Self.recording(family, seed: seed, frameCount: 40)
            #expect(recording.style.calibration.isWithin(pixels: 0.08...0.4, intervals: 3...25))
            #expect(recording.counts.min() != recording.counts.max(), "seed \(seed)")
            #expect(recording.cellCoverage > 0.02, "seed \(seed)")
            #expect(recording.labels.classes.allSatisfy { $0 <= 4 })
            #expect((2...200).contains(recording.style.camera.photons))
            #expect(family.hasWaves || recording.events.allSatisfy { $0.class != "wave" })
        }
    }

    @Test func eventsOfEveryClassAreAnnotatedSomewhere() {
        for family in StyleFamily.allCases {
            let recordings = (21...30).map { Self.recording(family, seed: $0, frameCount: 150) }
            let labels = Set(recordings.flatMap { $0.events.map(\.labelClass) })
            #expect(labels.isSuperset(of: family.hasWaves ? [1, 3] : [3]), "\(family)")
        }
    }

    @Test func trainingAndHeldOutFamiliesAreKeptApart() {
        #expect(StyleFamily.allCases.filter(\.isHeldOut) == [.unusual, .rim, .widefield])
    }

    @Test func nothingIsAnnotatedInTheDark() {
        let shutter = IlluminationStyle.Shutter(firstFrame: 20, endFrame: 90, leak: 0)
        let lit = Self.recording(.instruments, seed: 21, frameCount: 150)
        let dark = Self.recording(.instruments, seed: 21, frameCount: 150) { style in
            style.illumination = .steady
            style.illumination?.shutters = [shutter]
        }
        let pixels = 48 * 160
        let gap = 20 * pixels..<90 * pixels
        #expect(lit.labels.classes[gap].contains { $0 > 0 })
        #expect(dark.labels.classes[gap].allSatisfy { $0 == 0 })
        func mean(_ recording: SyntheticRecording, _ frame: Int) -> Double {
            recording.counts[frame * pixels..<(frame + 1) * pixels].reduce(0) { $0 + Double($1) } / Double(pixels)
        }
        let offset = dark.style.camera.offsetCounts
        #expect(mean(dark, 50) - offset < 0.1 * (mean(lit, 50) - offset) + 2)
        #expect(mean(dark, 10) == mean(lit, 10))
    }

    @Test func stepsOfTheLightKeepTheirFactor() {
        let step = IlluminationStyle.Step(frame: 30, factor: 1.5)
        let recording = Self.recording(.spinningDisk, seed: 5) { style in
            style.illumination = .steady
            style.illumination?.steps = [step]
        }
        let still = Self.recording(.spinningDisk, seed: 5) { $0.illumination = .steady }
        func sum(_ recording: SyntheticRecording) -> Double {
            recording.counts[31 * 48 * 160..<40 * 48 * 160].reduce(0) {
                $0 + Double($1) - recording.style.camera.offsetCounts
            }
        }
        #expect(abs(sum(recording) / sum(still) / 1.5 - 1) < 0.05)
    }

    /// Rows share their noise, and a full well clips.
    @Test func sensorsAddWhatTheirStyleSays() {
        let size = FrameSize(height: 40, width: 200)
        var style = CameraStyle.still
        style.readNoiseCounts = 1
        var rows = SensorStyle.ideal
        rows.rowNoiseCounts = 20
        var well = SensorStyle.ideal
        well.fullWellCounts = 300
        var noisy = Camera(style: style, sensor: rows, size: size, random: SeededRandom(seed: 1))
        var full = Camera(style: style, sensor: well, size: size, random: SeededRandom(seed: 1))
        let light = [Float](repeating: 1000, count: size.pixelCount)
        var squares = 0.0
        for frame in 0..<40 {
            let counts = noisy.expose(frame: frame, expectedPhotons: light)
            for row in 0..<40 {
                let mean = counts[row * 200..<(row + 1) * 200].reduce(0) { $0 + Double($1) } / 200
                squares += (mean - 1100) * (mean - 1100)
            }
            #expect(full.expose(frame: frame, expectedPhotons: light).max() == 400)
        }
        #expect(abs((squares / 1600).squareRoot() - 20) < 2)
    }

    @Test func annotatorsDifferAndTheFirstStaysTheFirst() {
        var strict = 0
        var generous = 0
        for seed in 21...26 as ClosedRange<UInt64> {
            let alone = Self.recording(.instruments, seed: seed, frameCount: 120)
            let three = Self.recording(.instruments, seed: seed, frameCount: 120, annotatorCount: 3)
            #expect(alone.labels.classes == three.labels.classes)
            #expect(alone.counts == three.counts)
            #expect(three.otherClasses.count == 2 && three.style.otherAnnotations?.count == 2)
            let drawn = zip(three.style.otherAnnotations ?? [], three.otherClasses)
                .sorted { $0.0.threshold < $1.0.threshold }
                .map { $0.1.count { $0 > 0 } }
            generous += drawn[0]
            strict += drawn[1]
        }
        #expect(Double(generous) > 1.2 * Double(strict), "\(generous) and \(strict) voxels")
    }

    @Test func releaseStartsAtTheRim() {
        let recording = Self.recording(.rim, seed: 2)
        let anywhere = Self.recording(.instruments, seed: 2)
        #expect(recording.style.rimMicrometres != nil && anywhere.style.rimMicrometres == nil)
        var random = SeededRandom(seed: 2)
        let style = recording.style
        let cell = Cell(
            style: style.cell,
            rimMicrometres: 1,
            pixelSizeMicrometres: 0.2,
            size: FrameSize(height: 64, width: 256),
            random: &random
        )
        #expect(cell.sites.count < cell.interior.count)
        #expect(cell.sites.allSatisfy { cell.distance.values[$0] > -7.001 && cell.distance.values[$0] < -2 })
    }
}

extension Calibration {
    fileprivate func isWithin(pixels: ClosedRange<Double>, intervals: ClosedRange<Double>) -> Bool {
        pixels.contains(pixelSizeMicrometres) && intervals.contains(frameIntervalMilliseconds)
    }
}

extension CameraStyle {
    /// A detector without any noise but that of the photons, one count each, at an offset of 100.
    fileprivate static var still: CameraStyle {
        var random = SeededRandom(seed: 1)
        var style = RecordingStyle.sampled(
            size: FrameSize(height: 16, width: 16),
            frameCount: 16,
            calibration: Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8),
            family: .usual,
            content: .nothing,
            random: &random
        ).camera
        (style.photons, style.gainCountsPerPhoton, style.gainSpread, style.offsetCounts) = (1000, 1, 0, 100)
        (style.neighbourLeak, style.flicker, style.columnContrast, style.lineContrast) = (0, nil, 0, 0)
        (style.staticColumn, style.lineFlicker, style.specksPerFrame) = (nil, 0, 0)
        (style.duplicateFrameProbability, style.countStep, style.clipsAtOffset) = (0, 1, false)
        return style
    }
}
