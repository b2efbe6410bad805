import Detection
import Testing
import UNet

@Suite("Instances from slabs equal instances from the whole movie")
struct InstanceBuilderTests {
    @Test(arguments: PostFixture.names)
    func fixturesAtEverySlabPhase(name: String) throws {
        let fixture = try PostFixture(name: name)
        let recording = LabelledRecording(classes: fixture.rawClasses, movie: fixture.movie, size: fixture.size)
        let expected = recording.batchInstances()
        #expect(expected.count == fixture.expected.events.count)
        for phase in 0..<32 {
            let streamed = recording.streamedInstances(slabLengths: recording.slabLengths(first: phase))
            #expect(streamed.inEventOrder == expected.inEventOrder, "\(name), phase \(phase)")
        }
        let firstWindow = recording.streamedInstances(slabLengths: recording.slabLengths(first: 144))
        #expect(firstWindow.inEventOrder == expected.inEventOrder, "\(name), first slab of 144 frames")
    }

    @Test(arguments: 0..<12)
    func randomScenes(block: Int) {
        let scenesPerBlock = 40
        for scene in 0..<scenesPerBlock {
            let seed = UInt64(block * scenesPerBlock + scene)
            let random = RandomScene(seed: seed)
            let recording = LabelledRecording(classes: random.classes, movie: random.movie, size: random.size)
            let expected = recording.batchInstances()
            var generator = SceneGenerator(seed: seed &+ 1_000_000)
            let inOrder = recording.streamedInstances(slabLengths: recording.slabLengths(first: Int(seed % 32)))
            let otherCut = recording.streamedInstances(slabLengths: recording.randomSlabLengths(using: &generator))
            #expect(inOrder.inEventOrder == expected.inEventOrder, "seed \(seed), slabs of 32 frames")
            #expect(otherCut.summaries == inOrder.summaries, "seed \(seed): the order depends on the slabs")
        }
    }
}
