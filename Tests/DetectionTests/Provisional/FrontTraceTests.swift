import Detection
import Imaging
import TestSupport
import Testing

/// Fronts as tracks see them, through the tracker.
@Suite("Speed and direction of fronts")
struct FrontTraceTests {
    private static let size = FrameSize(height: 16, width: 512)

    /// What is announced of a wave whose edges stand at `left` and `right` in frame after frame, told in cells.
    private static func fronts(
        frameCount: Int,
        cell: Int,
        _ edges: (Double) -> (left: Double, right: Double)
    ) -> [(frame: Int, front: FrontMovement?)] {
        var tracker = ProvisionalTracker(
            size: size,
            classes: [.wave],
            limits: InstanceLimits(),
            smallestPixelCounts: [.wave: 1],
            resolution: FrontResolution(pixels: cell, frames: cell)
        )
        tracker.startSegment(origin: 0)
        var found: [(Int, FrontMovement?)] = []
        for start in stride(from: 0, to: frameCount, by: cell) {
            var wave = [Float](repeating: 0, count: cell * size.pixelCount)
            // A cell is filled if half of its frames, and of its columns, are.
            let (left, right) = edges(Double(start) + Double(cell) / 2)
            for column in 0..<size.width {
                let centre = (Double(column / cell) + 0.5) * Double(cell)
                guard centre >= left, centre <= right else { continue }
                for row in 0..<cell * size.height { wave[row * size.width + column] = 0.9 }
            }
            let none = [Float](repeating: 0, count: wave.count)
            let mask = ClassMask(ClassProbabilities(spark: none, wave: wave, puff: none), threshold: 0.5)
            tracker.push(mask, first: start)
            for event in tracker.announce(decided: 0, newestFrame: start + cell - 1) {
                found.append((start + cell - 1, event.front))
            }
        }
        return found
    }

    /// Whatever speed is told, its range holds the true one, and its ends lie close together.
    @Test(arguments: [1, 8], [0.4, 1.0, 2.5, 4.0, 6.0])
    func theRangeHoldsTheTrueSpeed(cell: Int, speed: Double) throws {
        let fronts = Self.fronts(frameCount: 160, cell: cell) { frame in
            (200 - 3, min(500, 200 + speed * frame))
        }
        let known = fronts.compactMap { $0.front }
        try #require(!known.isEmpty)
        for front in known {
            #expect(front.pixelsPerFrameRange.contains(speed), "\(front)")
            #expect(front.pixelsPerFrameRange.upperBound <= 3 * front.pixelsPerFrameRange.lowerBound)
            #expect(front.direction == .right)
        }
        let last = try #require(known.last)
        #expect(abs(last.pixelsPerFrame - speed) < 0.15 * speed)
    }

    @Test func theDirectionIsThatOfTheEdgesThatMove() throws {
        func last(_ edges: (Double) -> (left: Double, right: Double)) throws -> FrontMovement {
            try #require(Self.fronts(frameCount: 96, cell: 8, edges).compactMap(\.front).last)
        }
        let left = try last { (300 - 2 * $0, 310) }
        #expect(left.direction == .left)
        let right = try last { (250, 260 + 2 * $0) }
        #expect(right.direction == .right)
        let both = try last { (250 - 2 * $0, 260 + 1.5 * $0) }
        #expect(both.direction == .both)
        let uneven = try last { (250 - 2 * $0, 260 + 0.4 * $0) }
        #expect(uneven.direction == .left)
        #expect(abs(uneven.pixelsPerFrame - 2) < 0.3)
    }

    /// An edge that has come to the end of the cell keeps the speed that it had.
    @Test func aFrontThatStopsKeepsItsSpeed() throws {
        let fronts = Self.fronts(frameCount: 200, cell: 8) { (100, min(400, 110 + 3 * $0)) }
        let moving = try #require(fronts.last { $0.frame < 96 }?.front)
        let stopped = try #require(fronts.last?.front)
        #expect(abs(moving.pixelsPerFrame - 3) < 0.5)
        #expect(abs(stopped.pixelsPerFrame - 3) < 0.5)
    }

    @Test func nothingIsToldOfWhatDoesNotSpread() {
        let fronts = Self.fronts(frameCount: 96, cell: 8) { _ in (200, 260) }
        #expect(!fronts.isEmpty)
        #expect(fronts.allSatisfy { $0.front == nil })
    }
}
