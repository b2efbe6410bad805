import Dispatch
import Imaging
import Synchronization
import TestSupport
import Testing
import UNet

@Suite("Shared workers")
struct WorkerPoolTests {
    /// Three networks on a thread each: what they find with the same workers is what they find with their own.
    @Test func networksThatShareWorkersFindWhatTheyFindAlone() throws {
        let size = FrameSize(height: 16, width: 40)
        let model = Model.random(UNetShape(steps: 3, firstLayerChannels: 8), seed: 5)
        let movies = (0..<3).map { TestMovie(frames: 160, size: size, seed: 10 + $0) }
        let shared = try WorkerPool(threads: 3)
        #expect(shared.threads == 3)
        let alone = try movies.map { try Self.probabilities(of: $0, model, WorkerPool(threads: 2)) }
        let together = Mutex<[Int: [[[[Float]]]]]>([:])
        DispatchQueue.concurrentPerform(iterations: movies.count) { index in
            let found = try? Self.probabilities(of: movies[index], model, shared)
            together.withLock { $0[index] = found }
        }
        for (index, expected) in alone.enumerated() {
            #expect(together.withLock { $0[index] } == expected, "network \(index)")
        }
    }

    private static func probabilities(of movie: TestMovie, _ model: Model, _ workers: WorkerPool) throws
        -> [[[[Float]]]]
    {
        let network = try SlidingUNet(model: model, frameSize: movie.size, window: 64, workers: workers)
        return try stride(from: 64, through: 160, by: 16).map { end in
            try network.advance(by: movie[(end == 64 ? 0 : end - 16)..<end], wanted: [24..<40])
        }
    }
}
