import Detection
import Imaging
import Testing

struct MovementHistoryTests {
    private static func movement(y: Float, x: Float, isUnsteady: Bool = false) -> FrameMovement {
        var movement = FrameMovement()
        (movement.undoneY, movement.undoneX, movement.isUnsteady) = (y, x, isUnsteady)
        return movement
    }

    @Test func remembersTheLastFramesOnly() {
        var history = MovementHistory(capacity: 3)
        #expect(history[0..<2].isEmpty)
        for frame in 0..<5 { history.append(Self.movement(y: Float(frame), x: 0)) }
        #expect(history[1] == FrameMovement())
        #expect(history[2].undoneY == 2)
        #expect(history[4].undoneY == 4)
        #expect(history[5] == FrameMovement())
        #expect(history[3..<5].map(\.undoneY) == [3, 4])
    }

    @Test func masksGoBackToTheCamera() {
        let size = FrameSize(height: 3, width: 4)
        var history = MovementHistory(capacity: 10)
        history.append(FrameMovement())
        history.append(Self.movement(y: 1, x: -1.4))
        let plane: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        let moved = history.inCameraFrame(plane + plane, from: 0, size: size)
        #expect(Array(moved[..<12]) == plane)
        #expect(Array(moved[12...]) == [0, 0, 0, 0, 2, 3, 4, 0, 6, 7, 8, 0])
    }

    /// The network looks at frames around those of an event: movement shortly before and after it may have made it, too.
    @Test(arguments: [(0, false), (1, true), (5, true), (18, true), (19, false)])
    func whatLiesBesideMovementIsFlagged(unsteady: Int, isFlagged: Bool) {
        var history = MovementHistory(capacity: 40)
        for frame in 0..<30 { history.append(Self.movement(y: 0, x: 0, isUnsteady: frame == unsteady)) }
        var event = ProvisionalEvent(
            number: 1,
            revision: 1,
            eventClass: .spark,
            startFrame: 109,
            endFrame: 110,
            rows: 0..<2,
            columns: 0..<2,
            centroidRow: 1,
            centroidColumn: 1,
            voxelCount: 4,
            footprintPixelCount: 4,
            classConfidence: 1,
            front: nil,
            flags: []
        )
        event = history.inCameraFrame(event, segmentOrigin: 100, size: FrameSize(height: 4, width: 4))
        #expect(event.flags == (isFlagged ? [.motion] : []))
    }

    @Test func movementIsUndoneForEveryFrameOfAnInstance() {
        let size = FrameSize(height: 10, width: 10)
        var history = MovementHistory(capacity: 10)
        history.append(Self.movement(y: 2, x: 1))
        history.append(Self.movement(y: -4.6, x: 0))
        let voxels = (0..<2).map {
            Voxel(frame: Int32($0), y: 4, x: 9 - UInt16($0), intensity: 1, baseline: 0.5, confidence: 1)
        }
        let instance = Instance(
            eventClass: .spark,
            voxels: [Voxel(frame: 0, y: 4, x: 3, intensity: 1, baseline: 0.5, confidence: 1)] + voxels,
            peaks: [VoxelPosition(frame: 0, y: 4, x: 3)],
            isTruncated: false
        )
        let moved = history.inCameraFrame(instance, size: size)
        // One voxel leaves to the right, the last one upwards.
        #expect(moved.voxels.map { [Int($0.frame), Int($0.y), Int($0.x)] } == [[0, 6, 4]])
        #expect(moved.peaks == [VoxelPosition(frame: 0, y: 6, x: 4)])
    }
}
