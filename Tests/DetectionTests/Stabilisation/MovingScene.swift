import Foundation
import Imaging
import TestSupport

/// A cell that can be drawn wherever it is: soft edges, uneven light, shot noise.
struct MovingScene {
    let size: FrameSize
    /// Photons per pixel where the cell is bright.
    let photons: Double
    var darkLevelCounts = 300.0
    var countsPerPhoton = 40.0
    /// Factor by which the cell is shorter along x.
    var shortening = 1.0
    private var generator: SeededGenerator
    private let spots: [(y: Double, x: Double, width: Double, light: Double)]

    init(size: FrameSize, photons: Double, seed: UInt64 = 1) {
        self.size = size
        self.photons = photons
        var generator = SeededGenerator(seed: seed)
        let (height, width) = (Double(size.height), Double(size.width))
        spots = (0..<size.pixelCount / 400).map { _ in
            (
                Double.random(in: 0...height, using: &generator),
                Double.random(in: 0...width, using: &generator),
                Double.random(in: 1.5...6, using: &generator),
                Double.random(in: -0.3...0.5, using: &generator)
            )
        }
        self.generator = generator
    }

    /// The light of the cell at rest, displaced; 1 where it is bright.
    func light(y shiftY: Double, x shiftX: Double) -> [Double] {
        let (height, width) = (Double(size.height), Double(size.width))
        func edge(_ distance: Double) -> Double { 1 / (1 + exp(-distance / 1.5)) }
        var light = [Double](repeating: 0.08, count: size.pixelCount)
        for row in 0..<size.height {
            for column in 0..<size.width {
                let (y, x) = (Double(row) - shiftY, place(column, shiftX))
                let across = edge(y - 0.2 * height) * edge(0.8 * height - y)
                let inside = across * edge(x - 0.05 * width) * edge(0.9 * width - x)
                light[row * size.width + column] += inside
            }
        }
        for spot in spots {
            let reach = 3 * spot.width
            let rows = Self.range(spot.y + shiftY, reach, size.height)
            let columns = Self.range(width / 2 + (spot.x - width / 2) / shortening + shiftX, reach, size.width)
            for row in rows {
                for column in columns {
                    let (y, x) = (Double(row) - shiftY - spot.y, place(column, shiftX) - spot.x)
                    let height = spot.light * exp(-(y * y + x * x) / (2 * spot.width * spot.width))
                    light[row * size.width + column] *= 1 + height
                }
            }
        }
        return light
    }

    /// Counts of a frame with the cell displaced by `y` and `x` pixels, and by how much its light is raised at a row and
    /// column of the cell.
    mutating func frame(
        y: Double = 0,
        x: Double = 0,
        brightness: (Double, Double) -> Double = { _, _ in 1 }
    ) -> [Float] {
        let light = light(y: y, x: x)
        return light.indices.map { pixel in
            let (row, column) = (Double(pixel / size.width), Double(pixel % size.width))
            let mean = photons * light[pixel] * brightness(row - y, column - x)
            let noisy = mean + mean.squareRoot() * normal()
            return Float((darkLevelCounts + countsPerPhoton * max(0, noisy)).rounded())
        }
    }

    /// The place in the cell at rest that a column shows.
    private func place(_ column: Int, _ shift: Double) -> Double {
        let middle = Double(size.width) / 2
        return middle + (Double(column) - shift - middle) * shortening
    }

    private static func range(_ centre: Double, _ reach: Double, _ count: Int) -> Range<Int> {
        let lower = min(max(0, Int(centre - reach)), count)
        return lower..<min(max(lower, Int(centre + reach)), count)
    }

    private mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: 1e-12...1, using: &generator))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
    }
}
