import Detection
import Imaging
import Testing

@Suite("Class mask")
struct ClassMaskTests {
    struct Voxel {
        let spark: Float
        let wave: Float
        let puff: Float
        let expectedClass: UInt8
        let expectedConfidence: Float
    }

    @Test(arguments: [
        Voxel(spark: 0.5, wave: 0.25, puff: 0.125, expectedClass: 1, expectedConfidence: 0.5),
        Voxel(spark: 0.25, wave: 0.5, puff: 0.125, expectedClass: 2, expectedConfidence: 0.5),
        Voxel(spark: 0.125, wave: 0.25, puff: 0.5, expectedClass: 3, expectedConfidence: 0.5),
        // Above the threshold, but background is still the most probable class.
        Voxel(spark: 0.25, wave: 0, puff: 0.125, expectedClass: 0, expectedConfidence: 0.625),
        // Ties go to the lower number.
        Voxel(spark: 0.5, wave: 0, puff: 0, expectedClass: 0, expectedConfidence: 0.5),
        Voxel(spark: 0.375, wave: 0.375, puff: 0.125, expectedClass: 1, expectedConfidence: 0.375),
        Voxel(spark: 0.125, wave: 0.375, puff: 0.375, expectedClass: 2, expectedConfidence: 0.375),
        // At the threshold is not above it.
        Voxel(spark: 0.25, wave: 0, puff: 0, expectedClass: 0, expectedConfidence: 0.75),
    ])
    func takesTheBestOfFourClasses(voxel: Voxel) {
        let mask = ClassMask(
            ClassProbabilities(spark: [voxel.spark], wave: [voxel.wave], puff: [voxel.puff]),
            threshold: 0.25
        )
        #expect(mask.classes == [voxel.expectedClass])
        #expect(mask.confidence == [voxel.expectedConfidence])
    }

    @Test func thresholdCutsEvenTheMostProbable() {
        let probabilities = ClassProbabilities(spark: [0.75, 1], wave: [0, 0], puff: [0, 0])
        let mask = ClassMask(probabilities, threshold: 0.75)
        #expect(mask.classes == [0, 1])
        #expect(mask.confidence == [0.25, 1])
    }

    @Test func slabsGiveTheMaskOfTheWholeMovie() throws {
        let fixture = try PostFixture(name: "post/mixed")
        let probabilities = fixture.probabilities
        let slabLength = 32 * fixture.size.pixelCount
        var classes: [UInt8] = []
        for start in stride(from: 0, to: probabilities.count, by: slabLength) {
            let range = start..<min(start + slabLength, probabilities.count)
            let slab = ClassProbabilities(
                spark: Array(probabilities.spark[range]),
                wave: Array(probabilities.wave[range]),
                puff: Array(probabilities.puff[range])
            )
            classes += ClassMask(slab, threshold: fixture.expected.otsu).classes
        }
        #expect(classes == fixture.rawClasses)
    }
}
