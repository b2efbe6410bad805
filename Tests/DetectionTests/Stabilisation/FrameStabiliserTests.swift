import Detection
import Foundation
import Imaging
import Testing

struct FrameStabiliserTests {
    private static let size = FrameSize(height: 64, width: 256)

    private static func sine(_ frame: Int, _ amplitude: Double, period: Double) -> Double {
        amplitude * sin(2 * .pi * Double(frame) / period)
    }

    @Test(arguments: [
        FrameSize(height: 64, width: 512), FrameSize(height: 40, width: 64), FrameSize(height: 150, width: 170),
    ])
    func frameThatDoesNotMoveStaysAsItIs(size: FrameSize) {
        var scene = MovingScene(size: size, photons: 8)
        let movie = (0..<150).map { _ in scene.frame() }
        let result = Stabilised(movie, size: size)
        #expect(result.frames == movie)
        #expect(result.movements.allSatisfy { $0?.isUndone == false })
    }

    @Test func noiseOfFewPhotonsIsNoMovement() {
        var scene = MovingScene(size: Self.size, photons: 2)
        let movie = (0..<200).map { _ in scene.frame() }
        #expect(Stabilised(movie, size: Self.size).frames == movie)
    }

    @Test func offHandsOnAtOnceAndLooksForNothing() {
        var scene = MovingScene(size: Self.size, photons: 8)
        let movie = (0..<20).map { scene.frame(y: Double($0 % 3)) }
        let result = Stabilised(movie, size: Self.size, policy: .off)
        #expect(result.frames == movie)
        #expect(result.movements.allSatisfy { $0 == nil })
    }

    @Test(arguments: [0.5, 1, 2, 4])
    func shiftIsFoundToATenthOfAPixel(amplitude: Double) {
        var scene = MovingScene(size: Self.size, photons: 25)
        let truth = (0..<160).map { frame in
            (y: Self.sine(frame, amplitude, period: 19), x: Self.sine(frame, amplitude / 2, period: 7))
        }
        let result = Stabilised(truth.map { scene.frame(y: $0.y, x: $0.x) }, size: Self.size)
        #expect(result.movements.count == truth.count)
        #expect(result.errors(truth).median < 0.15)
        #expect(result.errors(truth).largest < 0.6)
    }

    @Test func anotherPlaceInEveryFrame() {
        var scene = MovingScene(size: Self.size, photons: 25)
        let places = [(0.0, 0.0), (4.0, -2.0), (-4.0, 3.0), (1.5, -4.0), (-3.3, 0.7)]
        let truth = (0..<160).map { (y: places[$0 * 7 % 5].0, x: places[$0 * 3 % 5].1) }
        let result = Stabilised(truth.map { scene.frame(y: $0.y, x: $0.x) }, size: Self.size)
        #expect(result.errors(truth).median < 0.15)
        #expect(result.errors(truth).largest < 0.6)
    }

    /// The mean of the first frames is blurred, and with it whatever is found against it.
    @Test(arguments: [5.88, 2.45])
    func wideShakingFromTheFirstFrameOn(period: Double) {
        var scene = MovingScene(size: Self.size, photons: 8)
        let truth = (0..<160).map { (y: Self.sine($0, 4, period: period), x: 0.0) }
        let result = Stabilised(truth.map { scene.frame(y: $0.y, x: $0.x) }, size: Self.size)
        #expect(result.errors(truth).median < 0.15)
        #expect(result.errors(truth, frames: 0..<64).median < 0.15)
    }

    @Test func stabilisedCellStandsStill() {
        let size = Self.size
        var scene = MovingScene(size: size, photons: 1000)
        let movie = (0..<128).map { scene.frame(y: Self.sine($0, 2, period: 19), x: Self.sine($0, 1, period: 31)) }
        let result = Stabilised(movie, size: size)
        func change(_ frames: [[Float]]) -> Double {
            var sum = 0.0
            for frame in 70..<128 {
                for row in 8..<56 {
                    for column in 8..<248 {
                        let pixel = row * size.width + column
                        sum += Double(abs(frames[frame][pixel] - frames[64][pixel]))
                    }
                }
            }
            return sum
        }
        #expect(change(result.frames) < 0.4 * change(movie))
    }

    @Test func waveMovesNothing() {
        var scene = MovingScene(size: Self.size, photons: 8)
        let movie = (0..<220).map { frame in
            scene.frame { _, column in
                let since = Double(frame - 90) - column / 3
                return since < 0 ? 1 : 1 + 2 * exp(-since / 40) * min(1, since / 5)
            }
        }
        let result = Stabilised(movie, size: Self.size)
        #expect(result.frames == movie)
        #expect(result.movements.allSatisfy { $0?.isUndone == false })
    }

    @Test func waveInACellThatShakes() {
        var scene = MovingScene(size: Self.size, photons: 25)
        let truth = (0..<220).map { (y: Self.sine($0, 1.5, period: 11), x: Self.sine($0, 1, period: 23)) }
        let movie = truth.enumerated().map { frame, shift in
            scene.frame(y: shift.y, x: shift.x) { _, column in
                let since = Double(frame - 90) - column / 3
                return since < 0 ? 1 : 1 + 2 * exp(-since / 40) * min(1, since / 5)
            }
        }
        let errors = Stabilised(movie, size: Self.size).errors(truth)
        #expect(errors.median < 0.15)
        #expect(errors.largest < 1.5)
    }

    @Test func slowDriftAndBleaching() {
        var scene = MovingScene(size: Self.size, photons: 25)
        let truth = (0..<500).map { (y: 0.004 * Double($0), x: 0.03 * Double($0)) }
        let movie = truth.enumerated().map { frame, shift in
            scene.frame(y: shift.y, x: shift.x) { _, _ in exp(-Double(frame) / 800) }
        }
        let errors = Stabilised(movie, size: Self.size).errors(truth)
        #expect(errors.median < 0.15)
        #expect(errors.largest < 0.6)
    }

    @Test(arguments: [Float(300), 65535])
    func frameWithoutPictureStaysAsItIs(counts: Float) {
        var scene = MovingScene(size: Self.size, photons: 25)
        var movie = (0..<100).map { _ in scene.frame() }
        movie[80] = [Float](repeating: counts, count: Self.size.pixelCount)
        #expect(Stabilised(movie, size: Self.size).frames == movie)
    }

    @Test func cellThatContractsIsUnsteady() {
        let size = Self.size
        var scene = MovingScene(size: size, photons: 40)
        var still: [[Float]] = []
        for _ in 0..<100 { still.append(scene.frame()) }
        scene.shortening = 1.02
        let short = (0..<12).map { _ in scene.frame() }
        let result = Stabilised(still + short, size: size)
        #expect(result.movements.prefix(100).allSatisfy { $0?.isUnsteady == false })
        #expect(result.movements.suffix(6).allSatisfy { $0?.isUnsteady == true })
    }

    @Test(arguments: [1, 15, 16, 40, 63, 64, 65])
    func shortSegmentsLoseNothing(frameCount: Int) {
        var scene = MovingScene(size: Self.size, photons: 25)
        let movie = (0..<frameCount).map { _ in scene.frame() }
        let result = Stabilised(movie, size: Self.size)
        #expect(result.frames == movie)
        #expect(result.movements.allSatisfy { ($0 == nil) == (frameCount < 16) })
    }

    @Test func framesTooSmallAreLeftAlone() {
        let size = FrameSize(height: 12, width: 16)
        let movie = (0..<70).map { frame in (0..<size.pixelCount).map { Float($0 * frame % 97) } }
        let result = Stabilised(movie, size: size, policy: .on)
        #expect(result.frames == movie)
        #expect(result.movements.allSatisfy { $0 == nil })
    }
}
