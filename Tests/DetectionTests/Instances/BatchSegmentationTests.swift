import Detection
import Imaging
import Testing

@Suite("Batch segmentation equals the published pipeline")
struct BatchSegmentationTests {
    @Test(arguments: PostFixture.names)
    func givesTheExpectedMasks(name: String) throws {
        let fixture = try PostFixture(name: name)

        let result = BatchSegmentation.run(
            probabilities: fixture.probabilities,
            movie: fixture.movie,
            size: fixture.size
        )

        #expect(abs(result.otsuThreshold - fixture.expected.otsu) <= 1e-6)
        #expect(result.segmentation.frameCount == fixture.frameCount)
        #expect(result.segmentation.rawClasses == fixture.rawClasses)
        #expect(result.segmentation.classes == fixture.classes)
        #expect(result.segmentation.instances == fixture.instances)
        #expect(result.segmentation.instanceCount == fixture.expected.events.count)
        #expect(result.segmentation.peaks == fixture.peaks)
    }

    @Test(arguments: PostFixture.names)
    func listsTheExpectedEvents(name: String) throws {
        let fixture = try PostFixture(name: name)
        let segmentation = BatchSegmentation.segment(
            classes: fixture.rawClasses,
            movie: fixture.movie,
            size: fixture.size
        )
        let nothing = [Float](repeating: 0, count: fixture.movie.count)

        let instances = segmentation.closedInstances(
            intensity: fixture.movie,
            baseline: nothing,
            confidence: nothing
        )

        #expect(instances.count == fixture.expected.events.count)
        for (instance, event) in zip(instances, fixture.expected.events) {
            #expect(instance.eventClass.rawValue == event.class)
            #expect(instance.voxels.count == event.voxels)
            #expect(instance.voxels.map { Int($0.frame) }.min() == event.first[0])
            #expect(instance.voxels.map { Int($0.y) }.min() == event.first[1])
            #expect(instance.voxels.map { Int($0.x) }.min() == event.first[2])
            #expect(instance.voxels.map { Int($0.frame) }.max() == event.last[0])
            #expect(instance.voxels.map { Int($0.y) }.max() == event.last[1])
            #expect(instance.voxels.map { Int($0.x) }.max() == event.last[2])
        }
        #expect(instances.flatMap(\.peaks).count == fixture.peaks.count)
    }
}
