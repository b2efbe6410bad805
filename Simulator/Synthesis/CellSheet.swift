import Foundation
import Imaging

/// Cells that fill the frame side by side: what is nearer to one of scattered centres than to all others, but for a gap.
struct CellSheet {
    /// Distance to the outline in pixels, negative inside of a cell.
    let distance: ScalarImage
    /// Relative brightness of the cell each pixel belongs to.
    let brightness: ScalarImage

    init(size: FrameSize, scale: Double, random: inout SeededRandom) {
        let spacing = random.uniform(50...130) * scale
        let gap = random.uniform(0.5...5) * max(0.6, scale)
        let stretch = random.uniform(1...2)
        var centres: [(x: Double, y: Double, brightness: Float)] = []
        for row in -1...Int(Double(size.height) / spacing) + 1 {
            for column in -1...Int(Double(size.width) / spacing / stretch) + 1 {
                centres.append(
                    (
                        x: (Double(column) + random.uniform()) * spacing * stretch,
                        y: (Double(row) + random.uniform()) * spacing,
                        brightness: Float(exp(random.normal(standardDeviation: 0.25)))
                    )
                )
            }
        }
        let bend = SmoothField.image(size: size, correlationX: 14, correlationY: 9, random: &random)
        var distance = ScalarImage(size: size)
        var brightness = ScalarImage(size: size)
        for y in 0..<size.height {
            for x in 0..<size.width {
                var (nearest, next) = (Double.infinity, Double.infinity)
                let index = y * size.width + x
                for centre in centres {
                    let dx = (Double(x) - centre.x) / stretch
                    let dy = Double(y) - centre.y
                    let away = (dx * dx + dy * dy).squareRoot()
                    if away < nearest {
                        (nearest, next) = (away, nearest)
                        brightness.values[index] = centre.brightness
                    } else {
                        next = min(next, away)
                    }
                }
                distance.values[index] = Float(gap - (next - nearest) / 2) + bend.values[index]
            }
        }
        self.distance = distance
        self.brightness = brightness
    }
}

extension CellOutline {
    /// Outlines that usual recordings do not have: round cells and spindles.
    static func others(shape: CellShape, size: FrameSize, scale: Double, random: inout SeededRandom) -> [Chain] {
        let (width, height) = (Double(size.width), Double(size.height))
        func disc(x: Double, y: Double, radius: Double) -> Chain {
            let half = radius * random.uniform(0.02...0.4)
            let tilt = random.uniform(-0.5...0.5)
            return Chain(points: [
                (x - half, y - tilt * half, radius), (x + half, y + tilt * half, radius * random.uniform(0.85...1.1)),
            ])
        }
        if shape == .spindles {
            return (0..<random.integer(1...4)).map { _ in
                let (radius, y) = (random.uniform(7...20) * scale, random.uniform(0.1...0.9) * height)
                let slope = random.normal(standardDeviation: 0.12)
                let (start, length) = (random.uniform(-0.3...0.4) * width, random.uniform(0.6...1.4) * width)
                let bow = random.normal(standardDeviation: 0.1 * height)
                let points = (0...8).map { step in
                    let along = Double(step) / 8
                    let x = start + length * along
                    return (
                        x: x, y: y + slope * (x - width / 2) + 4 * bow * along * (1 - along),
                        radius: radius * (0.15 + 0.85 * sin(.pi * along).squareRoot())
                    )
                }
                return Chain(points: points)
            }
        }
        if shape == .round {
            let x = random.uniform(0.3...0.7) * width
            return [disc(x: x, y: random.uniform(0.35...0.65) * height, radius: random.uniform(26...60) * scale)]
        }
        return (0..<random.integer(2...6)).map { _ in
            disc(
                x: random.uniform() * width,
                y: random.uniform(0.1...0.9) * height,
                radius: random.uniform(16...36) * scale
            )
        }
    }
}
