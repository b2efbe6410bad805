import Foundation
package import Imaging

/// Takes the light of a displaced frame back to where it belongs.
///
/// Values between pixels come from six neighbours along each axis (a sinc windowed by its own first lobe, three pixels
/// to each side): it blurs less, and takes less of the noise, than the usual four.
package struct FrameMover {
    private let size: FrameSize
    private var line: [Float]

    private static let taps = 6
    /// Room at each end of a line for what is beyond.
    private static let room = 8

    package init(size: FrameSize) {
        self.size = size
        line = [Float](repeating: 0, count: size.width + 2 * Self.room)
    }

    /// Writes the frame as it would be without the displacement.
    ///
    /// - Parameters:
    ///   - frame: Pixels, `[y][x]`.
    ///   - y: Displacement to undo, in pixels.
    ///   - x: The same along x.
    ///   - resting: What a pixel gets whose light fell beside the camera: the light at rest, so that nothing seems to
    ///     happen there; `[y][x]`.
    ///   - brightness: Factor for it, above the dark level.
    ///   - target: Written, `[y][x]`.
    package mutating func undo(
        _ frame: UnsafePointer<Float>,
        y: Double,
        x: Double,
        resting: UnsafePointer<Float>,
        brightness: (factor: Float, darkLevelCounts: Float),
        into target: UnsafeMutablePointer<Float>
    ) {
        let (height, width) = (size.height, size.width)
        let (top, rowWeights) = Self.weights(y)
        let (left, columnWeights) = Self.weights(x)
        let columns = Self.inside(x, width)
        for row in 0..<height {
            let output = target + row * width
            let isInside = Self.inside(y, height).contains(row)
            if isInside {
                line.withUnsafeMutableBufferPointer { line in
                    let line = line.baseAddress! + Self.room
                    let rows = (0..<Self.taps).map { min(max(row + top + $0, 0), height - 1) }
                    Self.blend(frame, rows: rows, rowWeights, width, line)
                    for place in 1...Self.room {
                        line[-place] = line[0]
                        line[width - 1 + place] = line[width - 1]
                    }
                    Self.filter(line, from: left, columns, columnWeights, output)
                }
            }
            let filled = isInside ? [0..<columns.lowerBound, columns.upperBound..<width] : [0..<width]
            for range in filled {
                for column in range {
                    let above = resting[row * width + column] - brightness.darkLevelCounts
                    output[column] = brightness.darkLevelCounts + brightness.factor * above
                }
            }
        }
    }

    /// Pixels whose light fell on the camera.
    private static func inside(_ shift: Double, _ count: Int) -> Range<Int> {
        let first = min(max(Int((-shift).rounded(.up)), 0), count)
        let end = min(max(Int((Double(count - 1) - shift).rounded(.down)) + 1, first), count)
        return first..<end
    }

    /// Offset of the first neighbour, and weights of all; one for a whole displacement.
    private static func weights(_ shift: Double) -> (first: Int, weights: [Float]) {
        let whole = shift.rounded(.down)
        let fraction = shift - whole
        let first = Int(whole) - taps / 2 + 1
        let raw = (0..<taps).map { tap in
            let distance = Double(tap - taps / 2 + 1) - fraction
            return sinc(distance) * sinc(distance / Double(taps / 2))
        }
        let sum = raw.reduce(0, +)
        return (first, raw.map { Float($0 / sum) })
    }

    private static func sinc(_ x: Double) -> Double { abs(x) < 1e-9 ? 1 : abs(x) >= 3 ? 0 : sin(.pi * x) / (.pi * x) }

    @inline(__always)
    private static func blend(
        _ frame: UnsafePointer<Float>,
        rows: [Int],
        _ weights: [Float],
        _ width: Int,
        _ line: UnsafeMutablePointer<Float>
    ) {
        let (a, b, c) = (frame + rows[0] * width, frame + rows[1] * width, frame + rows[2] * width)
        let (d, e, f) = (frame + rows[3] * width, frame + rows[4] * width, frame + rows[5] * width)
        let (u, v, w) = (weights[0], weights[1], weights[2])
        let (p, q, r) = (weights[3], weights[4], weights[5])
        for x in 0..<width {
            let outer = u * a[x] + r * f[x]
            let middle = v * b[x] + q * e[x]
            line[x] = w * c[x] + p * d[x] + middle + outer
        }
    }

    @inline(__always)
    private static func filter(
        _ line: UnsafePointer<Float>,
        from left: Int,
        _ columns: Range<Int>,
        _ weights: [Float],
        _ output: UnsafeMutablePointer<Float>
    ) {
        let (u, v, w) = (weights[0], weights[1], weights[2])
        let (p, q, r) = (weights[3], weights[4], weights[5])
        for x in columns {
            let source = line + x + left
            let outer = u * source[0] + r * source[5]
            let middle = v * source[1] + q * source[4]
            output[x] = w * source[2] + p * source[3] + middle + outer
        }
    }
}
