import Detection
import Imaging
import TestSupport
import Testing

struct BinnedFrameTests {
    private static let sizes = [
        FrameSize(height: 64, width: 512), FrameSize(height: 30, width: 40), FrameSize(height: 65, width: 133),
        FrameSize(height: 300, width: 301), FrameSize(height: 512, width: 700), FrameSize(height: 1030, width: 1100),
    ]

    private static func noise(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Float.random(in: 0...4000, using: &generator) }
    }

    @Test(arguments: sizes)
    func binsAreThoseOfTheReference(size: FrameSize) throws {
        let grid = try #require(BlockGrid(size: size))
        let frame = Self.noise(size.pixelCount, seed: 1)
        for (y, x) in [(0, 0), (1, -1), (-3, 7), (grid.top, grid.left), (-grid.top - 1, grid.left + 5), (40, -90)] {
            var bins = [Float](repeating: -1, count: grid.binCount)
            var line = [Float](repeating: -1, count: grid.columns * grid.binSide)
            BinnedFrame.fill(&bins, from: frame, grid, y: y, x: x, line: &line)
            let reference = BinnedFrame.reference(frame, grid, y: y, x: x)
            for (bin, wanted) in zip(bins, reference) { #expect(abs(bin - wanted) <= 1e-4 * abs(wanted) + 1e-3) }
        }
    }

    @Test(arguments: sizes)
    func momentsAreThoseOfTheReference(size: FrameSize) throws {
        let grid = try #require(BlockGrid(size: size))
        let planes = (0..<4).map { Self.noise(grid.binCount, seed: UInt64($0)) }
        for block in 0..<grid.blockCount {
            let moments = planes[1].withUnsafeBufferPointer { template in
                planes[2].withUnsafeBufferPointer { slopeY in
                    planes[3].withUnsafeBufferPointer { slopeX in
                        let others = (template.baseAddress!, slopeY.baseAddress!, slopeX.baseAddress!)
                        return BlockMoments(planes[0], others, grid, block: block)
                    }
                }
            }
            let wanted = BlockMoments.reference(
                planes[0],
                template: planes[1],
                slopeY: planes[2],
                slopeX: planes[3],
                grid,
                block: block
            )
            let scale = Double(grid.binsPerBlock) * 4000 * 4000
            #expect(abs(moments.one - wanted.one) < 1e-5 * scale / 4000)
            #expect(abs(moments.template - wanted.template) < 1e-5 * scale)
            #expect(abs(moments.slopeY - wanted.slopeY) < 1e-5 * scale)
            #expect(abs(moments.slopeX - wanted.slopeX) < 1e-5 * scale)
            #expect(abs(moments.square - wanted.square) < 1e-5 * scale)
        }
    }

    @Test(arguments: sizes)
    func blocksLieInTheFrame(size: FrameSize) throws {
        let grid = try #require(BlockGrid(size: size))
        #expect((0..<grid.blockCount).allSatisfy { grid.isInFrame(block: $0, y: 0, x: 0) })
        #expect(grid.isInFrame(block: 0, y: -grid.top, x: -grid.left))
        #expect(!grid.isInFrame(block: 0, y: -grid.top - 1, x: 0))
        #expect(!grid.isInFrame(block: 0, y: 0, x: -grid.left - 1))
    }
}
