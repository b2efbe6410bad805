import Foundation
import Imaging
import Testing
import sparksim

@Suite struct SyntheticRecordingTests {
    private static let calibration = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)

    private static func recording(
        seed: UInt64,
        width: Int = 256,
        frameCount: Int = 120,
        signalToNoise: Double? = nil
    ) -> SyntheticRecording {
        SyntheticRecording(
            seed: seed,
            size: FrameSize(height: 64, width: width),
            frameCount: frameCount,
            calibration: calibration,
            signalToNoise: signalToNoise
        )
    }

    @Test func equalSeedsGiveEqualRecordings() {
        let first = Self.recording(seed: 1)
        let second = Self.recording(seed: 1)
        #expect(first.counts == second.counts)
        #expect(first.labels.classes == second.labels.classes)
        #expect(first.labels.events == second.labels.events)
        #expect(first.summary == second.summary)
        #expect(Self.recording(seed: 2).counts != first.counts)
    }

    /// Over many styles: light, coverage, counts of events and length of sparks stay where real recordings are.
    @Test func statisticsAreThoseOfRealRecordings() {
        let recordings = (1...16).map { Self.recording(seed: UInt64($0), width: 512, frameCount: 150) }
        let sparks = recordings.flatMap(\.events).filter { $0.labelClass == 1 }
        let sparkFrames = sparks.map { $0.endFrame - $0.startFrame + 1 }.sorted()
        let coverages = recordings.map(\.cellCoverage).sorted()
        let signalToNoise = recordings.compactMap(\.signalToNoise).sorted()

        #expect((2...15).contains(sparks.count / 16), "real: 5 sparks in 150 frames")
        #expect((5...14).contains(sparkFrames[sparkFrames.count / 2]), "real: 7 frames")
        #expect(sparkFrames[0] >= 3)
        #expect((0.3...0.75).contains(coverages[8]), "real: 0.4 to 0.75")
        #expect((2...4.5).contains(signalToNoise[signalToNoise.count / 2]), "real: 3.0")
        #expect(recordings.contains { $0.events.contains { $0.labelClass == 3 } })
        #expect(recordings.contains { $0.events.contains { $0.labelClass == 2 } })
        #expect(recordings.contains { $0.events.contains { $0.labelClass == 4 } })
        #expect(recordings.contains { $0.events.contains { $0.labelClass == 0 } }, "events nobody annotated")
        #expect(Set(recordings.map(\.style.cell.shape)).count >= 4)
    }

    /// SNR90 follows the request where a number of photons can give it: texture limits it from above.
    @Test func signalToNoiseCanBeChosen() {
        var deviations: [Double] = []
        for seed in 3...8 as ClosedRange<UInt64> {
            for request in [2.0, 3.0] {
                let recording = Self.recording(seed: seed, width: 512, frameCount: 120, signalToNoise: request)
                let photons = recording.style.camera.photons
                guard let reached = recording.signalToNoise, photons > 1.6, photons < 190 else { continue }
                deviations.append(abs(reached - request) / request)
            }
        }
        // Few events make a single recording deviate: annotators overlook weak ones, and the others are brighter.
        #expect(deviations.count >= 3)
        #expect(deviations.sorted()[deviations.count / 2] < 0.25, "\(deviations)")
        #expect(deviations.allSatisfy { $0 < 0.6 }, "\(deviations)")
    }

    /// Event-free voxels have the variance of the camera model: gain² (1 + spread²) photons + read noise².
    @Test func noiseIsThatOfTheCamera() {
        var checked = 0
        for seed in 1...30 as ClosedRange<UInt64> where checked < 3 {
            let recording = Self.recording(seed: seed, frameCount: 200)
            let camera = recording.style.camera
            let isSteady =
                recording.style.baseline.motionPixels == 0 && recording.style.wave.count == 0
                && camera.flicker == nil && camera.neighbourLeak == 0 && camera.countStep == 1
                && camera.duplicateFrameProbability == 0
            guard isSteady else { continue }
            checked += 1
            let pixels = 64 * 256
            var expected = 0.0
            var found = 0.0
            // Differences of neighbouring frames remove everything slow and double the variance of the noise.
            for pixel in stride(from: 0, to: pixels, by: 7) {
                for frame in stride(from: 0, to: 198, by: 2) {
                    let index = frame * pixels + pixel
                    guard recording.labels.classes[index] == 0 else { continue }
                    let first = Double(recording.counts[index])
                    let second = Double(recording.counts[index + pixels])
                    let photons = ((first + second) / 2 - camera.offsetCounts) / camera.gainCountsPerPhoton
                    let excess = 1 + camera.gainSpread * camera.gainSpread
                    let gain = camera.gainCountsPerPhoton
                    expected += gain * gain * excess * photons + camera.readNoiseCounts * camera.readNoiseCounts
                    found += (second - first) * (second - first) / 2
                }
            }
            #expect(abs(found / expected - 1) < 0.08, "seed \(seed)")
        }
        #expect(checked == 3)
    }
}
