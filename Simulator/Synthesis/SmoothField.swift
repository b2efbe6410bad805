import Foundation
package import Imaging

/// An image of real numbers, `[y][x]`.
package struct ScalarImage: Sendable {
    package let size: FrameSize
    package var values: [Float]

    package init(size: FrameSize, repeating value: Float = 0) {
        self.size = size
        values = [Float](repeating: value, count: size.pixelCount)
    }

    package subscript(y y: Int, x x: Int) -> Float {
        get { values[y * size.width + x] }
        set { values[y * size.width + x] = newValue }
    }
}

/// Makes smooth random images: normal deviates on a coarse grid, interpolated with cubic B-splines.
enum SmoothField {
    /// Variance that B-spline interpolation leaves of unit white noise, along one axis, averaged over positions.
    private static let varianceAlongOneAxis: Float = 0.479_4

    /// Makes a smooth random image.
    ///
    /// - Parameters:
    ///   - size: Extent of the image.
    ///   - correlationX: Distance between grid points along x, in pixels.
    ///   - correlationY: Distance between grid points along y, in pixels.
    ///   - random: Source of the deviates.
    /// - Returns: An image of mean 0 and variance close to 1.
    static func image(
        size: FrameSize,
        correlationX: Double,
        correlationY: Double,
        random: inout SeededRandom
    ) -> ScalarImage {
        let gridWidth = Int(Double(size.width) / correlationX) + 5
        let gridHeight = Int(Double(size.height) / correlationY) + 5
        let grid = (0..<gridWidth * gridHeight).map { _ in Float(random.normal()) }
        let columns = splineWeights(count: size.width, spacing: correlationX, phase: random.uniform())
        let rows = splineWeights(count: size.height, spacing: correlationY, phase: random.uniform())

        var image = ScalarImage(size: size)
        var line = [Float](repeating: 0, count: gridWidth)
        for y in 0..<size.height {
            let row = rows[y]
            for gridX in 0..<gridWidth {
                var sum: Float = 0
                for tap in 0..<4 { sum += row.weights[tap] * grid[(row.first + tap) * gridWidth + gridX] }
                line[gridX] = sum / varianceAlongOneAxis
            }
            for x in 0..<size.width {
                let column = columns[x]
                var sum: Float = 0
                for tap in 0..<4 { sum += column.weights[tap] * line[column.first + tap] }
                image[y: y, x: x] = sum
            }
        }
        return image
    }

    /// Returns a smooth random series of mean 0 and variance close to 1.
    static func series(count: Int, correlation: Double, random: inout SeededRandom) -> [Float] {
        let grid = (0..<Int(Double(count) / correlation) + 5).map { _ in Float(random.normal()) }
        return splineWeights(count: count, spacing: correlation, phase: random.uniform()).map { position in
            var sum: Float = 0
            for tap in 0..<4 { sum += position.weights[tap] * grid[position.first + tap] }
            return sum / varianceAlongOneAxis.squareRoot()
        }
    }

    private struct SplinePosition {
        var first: Int
        var weights: SIMD4<Float>
    }

    private static func splineWeights(count: Int, spacing: Double, phase: Double) -> [SplinePosition] {
        (0..<count).map { index in
            let position = Double(index) / spacing + phase
            let cell = Int(position)
            let u = Float(position - Double(cell))
            let v = 1 - u
            let weights = SIMD4<Float>(
                v * v * v / 6,
                (3 * u * u * u - 6 * u * u + 4) / 6,
                (3 * v * v * v - 6 * v * v + 4) / 6,
                u * u * u / 6
            )
            return SplinePosition(first: cell, weights: weights)
        }
    }
}
