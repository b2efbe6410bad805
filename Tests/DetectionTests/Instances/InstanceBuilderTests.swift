import Detection
import Imaging
import TestSupport
import Testing

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
            var generator = SeededGenerator(seed: seed &+ 1_000_000)
            let inOrder = recording.streamedInstances(slabLengths: recording.slabLengths(first: Int(seed / 4 % 32)))
            let otherCut = recording.streamedInstances(slabLengths: recording.randomSlabLengths(using: &generator))
            #expect(inOrder.inEventOrder == expected.inEventOrder, "seed \(seed), slabs of 32 frames")
            #expect(otherCut.summaries == inOrder.summaries, "seed \(seed): the order depends on the slabs")
        }
    }

    /// The comparison would prove little if the scenes held none of the hard cases.
    @Test func randomScenesHoldTheHardCases() {
        var instanceCounts: [EventClass: Int] = [:]
        var splitSceneCount = 0
        var severalPeaksCount = 0
        var interruptedCount = 0
        for seed in UInt64(0)..<160 {
            let random = RandomScene(seed: seed)
            let recording = LabelledRecording(classes: random.classes, movie: random.movie, size: random.size)
            for instance in recording.batchInstances() {
                instanceCounts[instance.eventClass, default: 0] += 1
                if instance.peaks.count > 1 { severalPeaksCount += 1 }
                let frames = Set(instance.voxels.map(\.frame))
                if frames.count < Int(frames.max()! - frames.min()!) + 1 { interruptedCount += 1 }
            }
            if recording.holdsTouchingSparks { splitSceneCount += 1 }
        }
        for eventClass in EventClass.allCases { #expect(instanceCounts[eventClass, default: 0] > 20) }
        #expect(splitSceneCount > 20)
        #expect(severalPeaksCount > 5)
        #expect(interruptedCount > 20)
    }
}
