import Imaging
import Testing
import sparksim

struct MovementTests {
    private static func recording(_ shake: String?) throws -> SyntheticRecording {
        SyntheticRecording(
            seed: 5,
            size: FrameSize(height: 48, width: 128),
            frameCount: 120,
            calibration: Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 10),
            movement: try shake.map { text throws(MovementError) in try Movement(text) }
        )
    }

    @Test func truthHoldsTheShiftOfEveryFrame() throws {
        let truth = try #require(try Self.recording("drift-x=5,sway-y=2@2.5").movement)
        #expect(truth.shiftsX.count == 120)
        #expect(abs(truth.shiftsX[100] - 5) < 1e-3)
        #expect(abs(truth.shiftsY[10] - 2) < 1e-3)
        #expect(abs(truth.shiftsY[20]) < 1e-3)
        #expect(truth.deformations.allSatisfy { $0 == 0 })
        #expect(try Self.recording(nil).movement == nil)
    }

    @Test func labelsMoveWithTheCell() throws {
        let still = try Self.recording("sway-y=0@1")
        let moved = try Self.recording("drift-y=100")
        // A frame of 10 ms: one pixel downwards in every frame.
        let width = 128
        for frame in [0, 3, 10] {
            for row in frame..<48 {
                let from = (frame * 48 + row - frame) * width
                let to = (frame * 48 + row) * width
                #expect(moved.labels.classes[to..<to + width].elementsEqual(still.labels.classes[from..<from + width]))
            }
        }
        #expect(still.labels.classes.contains { $0 > 0 })
    }

    @Test func linesOneAfterAnotherAreAShear() throws {
        let truth = try #require(try Self.recording("drift-x=50,lines").movement)
        // Half a pixel from the first row to the last one: a quarter to each side of the middle.
        #expect(truth.deformations.allSatisfy { abs($0 - 0.245) < 0.01 })
    }

    @Test(arguments: ["", "sway=1@2", "sway-z=1@2", "sway-y=1", "drift-x=", "drift-x=abc", "contraction=2@0", "jump"])
    func whatIsNoMovementIsRefused(text: String) {
        #expect(throws: MovementError.self) { try Movement(text) }
    }
}
