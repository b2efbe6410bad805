import CKernels
import Detection
import Imaging
import TestSupport
import Testing
import UNet

/// The two tiers of the detector together, on the small fixture network.
@Suite("Provisional and final events of the detector")
struct ProvisionalDetectorTests {
    static func batches(
        of counts: [Float],
        _ policy: ProvisionalPolicy,
        algorithm: ConvolutionAlgorithm = .auto
    ) throws -> [DetectionBatch] {
        var settings = EventDetectorTests.settings
        settings.provisional = policy
        settings.untrustedFrames = 2
        settings.algorithm = algorithm
        var detector = try EventDetectorTests.detector(settings)
        return try EventDetectorTests.decide(counts, from: 500, by: &detector)
    }

    /// All voxels of all instances; not as numbers, because a missing baseline is NaN.
    static func bits(of batches: [DetectionBatch]) -> [UInt32] {
        batches.flatMap(\.instances).flatMap(\.voxels).flatMap { voxel in
            [
                UInt32(bitPattern: voxel.frame), UInt32(voxel.y), UInt32(voxel.x), voxel.intensity.bitPattern,
                voxel.baseline.bitPattern, voxel.confidence.bitPattern,
            ]
        }
    }

    /// All but matrix products, whose rounding depends on how much is computed at once; the default algorithm stands for
    /// them where there are no kernels for the processor's vectors.
    static let exactAlgorithms = ConvolutionAlgorithm.allCases.filter { algorithm in
        let hasVectors = ckernels_has_vectors(ckernels_isa())
        return algorithm.resolved(hasVectorKernels: hasVectors) != .gemm && algorithm != .bfloat16
    }

    @Test(arguments: exactAlgorithms)
    func finalEventsDoNotDependOnTheSetting(algorithm: ConvolutionAlgorithm) throws {
        try compareSettings(algorithm)
    }

    @Test(
        .enabled(
            if: ConvolutionAlgorithm.bfloat16.missingInstructions() == nil,
            "this processor lacks AVX512_BF16, or SPARKWATCH_ISA forbids it"
        )
    )
    func finalEventsDoNotDependOnTheSettingInBFloat16() throws { try compareSettings(.bfloat16) }

    private func compareSettings(_ algorithm: ConvolutionAlgorithm) throws {
        let counts = EventDetectorTests.movie(frameCount: 150, seed: 21)
        let plain = try Self.batches(of: counts, .off, algorithm: algorithm)
        try #require(plain.flatMap(\.events).count > 5)
        #expect(plain.allSatisfy { $0.provisional.isEmpty && $0.retracted.isEmpty })
        #expect(plain.flatMap(\.identities).map(\.number) == plain.flatMap(\.events).map(\.number))
        for policy in [ProvisionalPolicy.waves, .all] {
            let batches = try Self.batches(of: counts, policy, algorithm: algorithm)
            #expect(batches.flatMap(\.events) == plain.flatMap(\.events))
            #expect(batches.map(\.classes) == plain.map(\.classes))
            #expect(batches.map(\.frames) == plain.map(\.frames))
            let isEqual = Self.bits(of: batches) == Self.bits(of: plain)
            #expect(isEqual, "every voxel of every instance, to the last bit")
        }
    }

    @Test(arguments: [UInt64(31), 32, 33])
    func everyAnnouncementEndsOnce(seed: UInt64) throws {
        let batches = try Self.batches(of: EventDetectorTests.movie(frameCount: 200, seed: seed), .all)
        var revisions: [Int: Int] = [:]
        var ended: Set<Int> = []
        for batch in batches {
            for event in batch.retracted {
                #expect(event.revision == (revisions[event.number] ?? 0) + 1)
                revisions[event.number] = event.revision
                if case .reclassified = event.reason { continue }
                #expect(ended.insert(event.number).inserted)
            }
            for (event, identity) in zip(batch.events, batch.identities) {
                #expect(identity.revision == (revisions[identity.number] ?? 0) + 1)
                #expect(ended.insert(identity.number).inserted, "event \(event.number)")
                revisions[identity.number] = identity.revision
                #expect((identity.announcement == nil) == (identity.revision == 1))
            }
            for event in batch.provisional {
                #expect(!ended.contains(event.number))
                #expect(event.revision == (revisions[event.number] ?? 0) + 1)
                revisions[event.number] = event.revision
                #expect(event.endFrame <= batch.newestFrame - 2)
                #expect(event.endFrame >= batch.frames.upperBound, "newer than what is final")
            }
        }
        #expect(batches.flatMap(\.identities).contains { $0.announcement != nil }, "some are confirmed")
        #expect(ended == Set(revisions.keys))
    }

    @Test func theSameFramesGiveTheSameAnnouncements() throws {
        let counts = EventDetectorTests.movie(frameCount: 150, seed: 41)
        let (first, second) = (try Self.batches(of: counts, .all), try Self.batches(of: counts, .all))
        #expect(first.map(\.provisional) == second.map(\.provisional))
        #expect(first.map(\.retracted) == second.map(\.retracted))
        #expect(first.map(\.identities) == second.map(\.identities))
        try #require(first.contains { !$0.provisional.isEmpty })
    }
}
