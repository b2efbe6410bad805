import Detection
import Imaging
import TestSupport
import Testing
import UNet

/// The side output in the detector, on the small fixture network: a layer with weights by chance finds something.
@Suite("Early events of the detector")
struct EarlyTierTests {
    private static func model(threshold: Float = 0.5) throws -> Model {
        var model = try EventDetectorTests.model()
        var random = SeededGenerator(seed: 51)
        let channels = model.shape.channels(atLevel: 1)
        model.sideOutput = SideOutput(
            place: SideOutput.Place(level: 1, coarsestLevel: 3, windowFrameCount: 16),
            units: [NetworkClass.wave, .puff].map { networkClass in
                SideOutput.Unit(
                    networkClass: networkClass,
                    weights: (0..<channels).map { _ in Float.random(in: -0.5...1, using: &random) },
                    bias: networkClass == .wave ? -1 : -3,
                    threshold: threshold,
                    smallestPixelCount: 12
                )
            }
        )
        return model
    }

    private struct Told {
        var batches: [DetectionBatch] = []
        var updates: [EarlyUpdate] = []
    }

    private static func tell(
        _ counts: [Float],
        _ policy: ProvisionalPolicy,
        origin: Int = 500,
        model: Model,
        algorithm: ConvolutionAlgorithm = .auto
    ) throws -> Told {
        var settings = EventDetectorTests.settings
        settings.provisional = policy
        settings.untrustedFrames = 2
        settings.earlyInterval = 4
        settings.algorithm = algorithm
        let size = EventDetectorTests.size
        var detector = try EventDetector(
            model: model,
            size: size,
            calibration: EventDetectorTests.calibration,
            settings: settings
        )
        var told = Told()
        detector.startSegment(origin: origin)
        for frame in 0..<counts.count / size.pixelCount {
            let pixels = Array(counts[frame * size.pixelCount..<(frame + 1) * size.pixelCount])
            told.batches += try pixels.withUnsafeBufferPointer { pixels in
                try detector.take(pixels) { told.updates.append($0) }
            }
        }
        told.batches += try detector.endSegment()
        return told
    }

    @Test(arguments: ProvisionalDetectorTests.exactAlgorithms)
    func finalEventsDoNotDependOnTheSideOutput(algorithm: ConvolutionAlgorithm) throws {
        let counts = EventDetectorTests.movie(frameCount: 150, seed: 21)
        let plain = try Self.tell(counts, .off, model: EventDetectorTests.model(), algorithm: algorithm).batches
        try #require(plain.flatMap(\.events).count > 5)
        for policy in [ProvisionalPolicy.waves, .all, .fine, .off] {
            let told = try Self.tell(counts, policy, model: Self.model(), algorithm: algorithm)
            #expect(told.batches.flatMap(\.events) == plain.flatMap(\.events))
            #expect(told.batches.map(\.classes) == plain.map(\.classes))
            let isEqual = ProvisionalDetectorTests.bits(of: told.batches) == ProvisionalDetectorTests.bits(of: plain)
            #expect(isEqual, "every voxel of every instance, to the last bit")
            #expect(told.updates.isEmpty == (policy == .fine || policy == .off))
        }
    }

    @Test func wavesComeFromTheSideOutputAndTheOthersFromTheNewestFrames() throws {
        let counts = EventDetectorTests.movie(frameCount: 200, seed: 31)
        let told = try Self.tell(counts, .waves, model: Self.model())
        #expect(told.updates.flatMap(\.provisional).allSatisfy { $0.eventClass == .wave })
        #expect(told.batches.allSatisfy { $0.provisional.isEmpty })
        let all = try Self.tell(counts, .all, model: Self.model())
        #expect(all.batches.flatMap(\.provisional).allSatisfy { $0.eventClass == .spark })
        try #require(!all.batches.flatMap(\.provisional).isEmpty)
    }

    /// They are told before the first window is complete, up to the newest frame, and not again unless they grew.
    @Test func eventsAreToldAtTheNewestFrame() throws {
        let counts = EventDetectorTests.movie(frameCount: 200, seed: 32)
        let told = try Self.tell(counts, .waves, model: Self.model())
        let found = told.updates.flatMap { update in update.provisional.map { ($0, update.newestFrame) } }
        try #require(found.count > 5)
        #expect(found.contains { $0.1 < 500 + 32 }, "within the first window")
        #expect(found.contains { $0.0.endFrame == $0.1 })
        #expect(found.allSatisfy { $0.0.endFrame <= $0.1 && $0.0.startFrame >= 500 })
        #expect(told.updates.allSatisfy { ($0.newestFrame + 1 - 500).isMultiple(of: 2) })
        #expect(found.allSatisfy { $0.0.footprintPixelCount >= 12 })
    }

    @Test(arguments: [UInt64(31), 32, 33], [ProvisionalPolicy.waves, .all])
    func everyAnnouncementEndsOnce(seed: UInt64, policy: ProvisionalPolicy) throws {
        let told = try Self.tell(EventDetectorTests.movie(frameCount: 200, seed: seed), policy, model: Self.model())
        var revisions: [Int: Int] = [:]
        for event in told.updates.flatMap(\.provisional) + told.batches.flatMap(\.provisional) {
            revisions[event.number] = max(revisions[event.number] ?? 0, event.revision)
        }
        var ended: Set<Int> = []
        for batch in told.batches {
            for event in batch.retracted {
                if case .reclassified = event.reason { continue }
                #expect(ended.insert(event.number).inserted)
            }
            for identity in batch.identities {
                #expect(ended.insert(identity.number).inserted)
                #expect((identity.announcement == nil) == (identity.revision == 1))
            }
        }
        #expect(ended.isSuperset(of: revisions.keys), "nothing that was announced is left open")
    }

    @Test func theSameFramesGiveTheSameAnnouncements() throws {
        let counts = EventDetectorTests.movie(frameCount: 150, seed: 41)
        let (first, second) = (
            try Self.tell(counts, .all, model: Self.model()), try Self.tell(counts, .all, model: Self.model())
        )
        #expect(first.updates.map(\.provisional) == second.updates.map(\.provisional))
        #expect(first.batches.map(\.identities) == second.batches.map(\.identities))
        try #require(!first.updates.isEmpty)
    }
}
