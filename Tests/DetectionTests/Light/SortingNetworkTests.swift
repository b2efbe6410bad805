import Detection
import TestSupport
import Testing

@Suite("Sorting network")
struct SortingNetworkTests {
    @Test(arguments: 1...65)
    func sortsEveryLane(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let columns = (0..<count).map { _ in
            SIMD8<Float>((0..<8).map { _ in Float(Int.random(in: -9...9, using: &generator)) })
        }
        var sorted = columns
        SortingNetwork(count: count).sort(&sorted)
        for lane in 0..<8 { #expect(sorted.map { $0[lane] } == columns.map { $0[lane] }.sorted()) }
    }
}
