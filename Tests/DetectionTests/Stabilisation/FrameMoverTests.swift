import Detection
import Foundation
import Imaging
import Testing

struct FrameMoverTests {
    private static func undone(_ frame: [Float], size: FrameSize, y: Double, x: Double) -> [Float] {
        var mover = FrameMover(size: size)
        var target = [Float](repeating: 0, count: size.pixelCount)
        let picture = [Float](repeating: -1, count: size.pixelCount)
        mover.undo(frame, y: y, x: x, resting: picture, brightness: (1, 0), into: &target)
        return target
    }

    @Test(arguments: [(0, 0), (1, 0), (0, -3), (5, 7), (-9, 2), (30, 0), (0, -50)])
    func wholePixelsMoveExactly(y: Int, x: Int) {
        let size = FrameSize(height: 20, width: 33)
        let frame = (0..<size.pixelCount).map { Float($0 * 37 % 1009) }
        let target = Self.undone(frame, size: size, y: Double(y), x: Double(x))
        for row in 0..<size.height {
            for column in 0..<size.width {
                let (from, to) = (row + y, column + x)
                let isInside = (0..<size.height).contains(from) && (0..<size.width).contains(to)
                let wanted = isInside ? frame[from * size.width + to] : -1
                #expect(abs(target[row * size.width + column] - wanted) < 1e-2)
            }
        }
    }

    @Test(arguments: [(0.5, 0.5), (0.25, -0.7), (-1.4, 2.1)])
    func smoothPicturesMoveByPartsOfAPixel(y: Double, x: Double) {
        let size = FrameSize(height: 48, width: 64)
        func picture(_ dy: Double, _ dx: Double) -> [Float] {
            (0..<size.pixelCount).map { pixel in
                let (row, column) = (Double(pixel / size.width) - dy, Double(pixel % size.width) - dx)
                return Float(1000 + 300 * sin(row / 2) * cos(column / 2.5))
            }
        }
        let target = Self.undone(picture(y, x), size: size, y: y, x: x)
        let wanted = picture(0, 0)
        for row in 5..<size.height - 5 {
            for column in 5..<size.width - 5 {
                let pixel = row * size.width + column
                #expect(abs(target[pixel] - wanted[pixel]) < 6)
            }
        }
    }

    @Test func constantStaysConstant() {
        let size = FrameSize(height: 16, width: 24)
        let target = Self.undone([Float](repeating: 500, count: size.pixelCount), size: size, y: 0.3, x: -0.6)
        let isBeside = { (pixel: Int) in pixel / size.width == size.height - 1 || pixel % size.width == 0 }
        #expect(target.indices.allSatisfy { abs(target[$0] - (isBeside($0) ? -1 : 500)) < 1e-2 })
    }

    @Test func whatFellBesideTheCameraGetsTheLightAtRest() {
        let size = FrameSize(height: 16, width: 24)
        var mover = FrameMover(size: size)
        var target = [Float](repeating: 0, count: size.pixelCount)
        let resting = [Float](repeating: 900, count: size.pixelCount)
        let frame = [Float](repeating: 500, count: size.pixelCount)
        mover.undo(frame, y: 2, x: 0, resting: resting, brightness: (2, 100), into: &target)
        #expect(target[15 * size.width] == 100 + 2 * 800)
        #expect(abs(target[13 * size.width] - 500) < 1e-2)
    }
}
