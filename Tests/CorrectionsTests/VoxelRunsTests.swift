import Imaging
import TestSupport
import Testing

/// Sets of voxels as runs, against sets of positions.
struct VoxelRunsTests {
    private static let extent = MovieExtent(frameCount: 3, size: FrameSize(height: 4, width: 23))

    private func positions(_ runs: VoxelRuns) -> Set<VoxelPosition> {
        Set(
            runs.runs.flatMap { run in
                (run.start..<run.end).map { VoxelPosition(frame: Int(run.frame), y: Int(run.y), x: Int($0)) }
            }
        )
    }

    private func random(_ generator: inout SeededGenerator) -> VoxelRuns {
        let count = Int.random(in: 0...12, using: &generator)
        return VoxelRuns(
            (0..<count).map { _ in
                let start = Int32.random(in: 0..<22, using: &generator)
                return VoxelRuns.Run(
                    frame: .random(in: 0..<3, using: &generator),
                    y: .random(in: 0..<4, using: &generator),
                    start: start,
                    end: .random(in: start + 1...23, using: &generator)
                )
            }
        )
    }

    @Test func setsAreJoinedAndCutAsSetsOfPositionsAre() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<400 {
            let (a, b) = (random(&generator), random(&generator))
            let (setA, setB) = (positions(a), positions(b))
            #expect(a.voxelCount == setA.count)
            #expect(positions(a.union(b)) == setA.union(setB))
            #expect(positions(a.intersection(b)) == setA.intersection(setB))
            #expect(positions(a.subtracting(b)) == setA.subtracting(setB))
            // One set is written in one way only.
            #expect(a.subtracting(b).union(a.intersection(b)) == a)
            #expect(VoxelRuns(a.runs.shuffled(using: &generator) + b.runs) == b.union(a))
            #expect(VoxelRuns(numbers: a.numbers, within: Self.extent) == a)
            for _ in 0..<10 {
                let place = VoxelPosition(
                    frame: .random(in: -1..<4, using: &generator),
                    y: .random(in: -1..<5, using: &generator),
                    x: .random(in: -1..<24, using: &generator)
                )
                #expect(a.contains(frame: place.frame, y: place.y, x: place.x) == setA.contains(place))
            }
            for frame in 0..<3 {
                #expect(Array(a.runs(inFrame: frame)) == a.runs.filter { Int($0.frame) == frame })
            }
        }
    }

    @Test func theBoxHoldsAllVoxels() {
        #expect(VoxelRuns().box == nil)
        let runs = VoxelRuns([.init(frame: 2, y: 3, start: 4, end: 6), .init(frame: 0, y: 1, start: 9, end: 10)])
        #expect(runs.box?.frames == 0..<3 && runs.box?.rows == 1..<4 && runs.box?.columns == 4..<10)
    }

    @Test func whatLiesOutsideTheMovieIsRefused() {
        for numbers in [
            [0, 0, 0], [0, 0, 3, 3], [0, 0, 4, 2], [3, 0, 0, 1], [-1, 0, 0, 1], [0, 4, 0, 1], [0, 0, 0, 24],
            [0, 0, -1, 1], [0, .max, 0, 1], [0, 0, .min, .max],
        ] {
            #expect(VoxelRuns(numbers: numbers, within: Self.extent) == nil, "\(numbers)")
        }
        #expect(VoxelRuns(numbers: [2, 3, 0, 23], within: Self.extent)?.voxelCount == 23)
    }
}
