import Foundation
package import Imaging

/// Where cells are in the frame.
package struct Cell: Sendable {
    /// Coverage of the main cell and its neighbour, 0 outside to 1 inside, soft at the edge.
    package let coverage: ScalarImage
    /// Relative brightness of the cell each pixel belongs to: 1, or that of the neighbour.
    package let brightness: ScalarImage
    /// Blurred light of cell parts far out of focus, 0 to 1.
    package let ghost: ScalarImage
    /// Distance to the outline in pixels, negative inside the main cell or its neighbour.
    package let distance: ScalarImage
    /// Pixels well inside, as indices `y * width + x`; at least one.
    package let interior: [Int]
    /// Pixels in which release starts: `interior`, or those of it near the outline.
    package let sites: [Int]

    package init(
        style: CellStyle,
        rimMicrometres: Double? = nil,
        pixelSizeMicrometres: Double,
        size: FrameSize,
        random: inout SeededRandom
    ) {
        let scale = 0.2 / pixelSizeMicrometres
        var brightness = ScalarImage(size: size, repeating: 1)
        var distance: ScalarImage
        if style.shape == .sheet {
            let sheet = CellSheet(size: size, scale: scale, random: &random)
            distance = sheet.distance
            brightness = sheet.brightness
        } else {
            var main = CellOutline.chains(shape: style.shape, size: size, scale: scale, random: &random)
            if !style.shape.isOfItsOwnKind { main = main.map { $0.clampedInside(size) } }
            distance = CellOutline.distance(to: main, size: size)
            CellOutline.roughen(
                &distance,
                chains: main,
                raggedness: style.raggednessPixels,
                hasTornEnds: !style.shape.isOfItsOwnKind,
                random: &random
            )
        }

        if style.hasNeighbour {
            let chain = CellOutline.neighbour(size: size, scale: scale, random: &random)
            var other = CellOutline.distance(to: [chain], size: size)
            CellOutline.roughen(&other, chains: [chain], raggedness: style.raggednessPixels, random: &random)
            for index in other.values.indices where other.values[index] < distance.values[index] {
                let belongs = 1 / (1 + exp(other.values[index] - distance.values[index]))
                brightness.values[index] = 1 + (Float(style.neighbourBrightness) - 1) * (2 * belongs - 1)
                distance.values[index] = other.values[index]
            }
        }

        var ghost = ScalarImage(size: size)
        if style.hasGhostBranch {
            let chain = CellOutline.neighbour(size: size, scale: scale, random: &random)
            let strength = Float(random.uniform(0.1...0.4))
            let blur = Float(random.uniform(5...14))
            ghost.values = CellOutline.distance(to: [chain], size: size).values.map { strength / (1 + exp($0 / blur)) }
        }

        let softness = Float(style.edgeSoftnessPixels)
        var coverage = ScalarImage(size: size)
        coverage.values = distance.values.map { 1 / (1 + exp($0 / softness)) }
        let inside = distance.values.indices.filter { distance.values[$0] < -2 }
        let deepest = distance.values.indices.min { distance.values[$0] < distance.values[$1] } ?? 0
        self.coverage = coverage
        self.brightness = brightness
        self.ghost = ghost
        self.distance = distance
        let interior = inside.isEmpty ? [deepest] : inside
        let rim = rimMicrometres.map { width in
            interior.filter { distance.values[$0] > Float(-2 - width / pixelSizeMicrometres) }
        }
        self.interior = interior
        sites = rim.flatMap { $0.isEmpty ? nil : $0 } ?? interior
    }
}

/// Outlines of cells as chains of circles that are swept along a centre line.
enum CellOutline {
    struct Chain {
        /// Centre line, in pixels, with the half width of the cell at each point.
        var points: [(x: Double, y: Double, radius: Double)]

        /// Moves the chain so that its middle lies in the frame.
        func clampedInside(_ size: FrameSize) -> Chain {
            let meanX = points.reduce(0) { $0 + $1.x } / Double(points.count)
            let shift = min(max(meanX, Double(size.width) * 0.3), Double(size.width) * 0.7) - meanX
            return Chain(points: points.map { ($0.x + shift, $0.y, $0.radius) })
        }
    }

    static func chains(shape: CellShape, size: FrameSize, scale: Double, random: inout SeededRandom) -> [Chain] {
        let width = Double(size.width)
        let height = Double(size.height)
        let length = width * random.uniform(0.6...1.08)
        let startX = random.uniform(-0.08 * width...max(0.02 * width, width - length))
        let middleY = height / 2 + random.normal(standardDeviation: 0.12 * height)
        switch shape {
        case .rod, .broad, .tapered:
            let range = shape == .broad ? 28.0...44 : (shape == .rod ? 14...29 : 17...36)
            let radius = random.uniform(range) * scale
            let slope = random.normal(standardDeviation: 0.25 * height) / length
            let bow = random.normal(standardDeviation: 0.1 * height)
            let taperLeft = shape == .tapered ? random.uniform(0.1...0.7) : random.uniform(0.6...1)
            let taperRight = shape == .tapered ? random.uniform(0.1...0.7) : random.uniform(0.6...1)
            let reach = random.uniform(0.08...0.4)
            let points = (0...10).map { step in
                let along = Double(step) / 10
                let left = taperLeft + (1 - taperLeft) * min(1, along / reach)
                let right = taperRight + (1 - taperRight) * min(1, (1 - along) / reach)
                let x = startX + length * along
                let y = middleY + slope * (x - width / 2) + bow * (4 * along * (1 - along) - 0.6)
                let wobble = random.uniform(0.94...1.05)
                return (x: x, y: y + random.normal(standardDeviation: 1.2), radius: radius * left * right * wobble)
            }
            return [Chain(points: points)]
        case .bent:
            let radius = random.uniform(13...26) * scale
            let kink = random.uniform(0.35...0.7)
            let drop = random.uniform(0.5...1.3) * height * (random.chance(0.5) ? 1 : -1)
            let points = (0...10).map { step in
                let along = Double(step) / 10
                let y = middleY - 0.25 * drop + drop * max(0, along - kink) / (1 - kink)
                return (x: startX + length * along, y: y, radius: radius * random.uniform(0.93...1.05))
            }
            return [Chain(points: points)]
        case .curved:
            let radius = random.uniform(7.5...14) * scale
            let depth = random.uniform(0.5...1.1) * height * (random.chance(0.5) ? 1 : -1)
            let points = (0...14).map { step in
                let along = Double(step) / 14
                let y = height / 2 + depth * (0.45 - (2 * along - 1) * (2 * along - 1))
                return (x: startX + length * along, y: y, radius: radius * random.uniform(0.92...1.08))
            }
            return [Chain(points: points)]
        case .forked:
            let joint = (x: startX + length * random.uniform(0.35...0.65), y: middleY)
            let count = random.chance(0.5) ? 2 : 3
            let ends: [(x: Double, y: Double)] = [
                (startX, height * random.uniform(-0.1...0.4)),
                (startX + length, height * random.uniform(-0.1...0.5)),
                (startX + length * random.uniform(0.7...1), height * random.uniform(0.7...1.2)),
            ]
            let radius = random.uniform(9...19) * scale
            return ends.prefix(count).map { end in
                let points = (0...6).map { step in
                    let along = Double(step) / 6
                    return (
                        x: joint.x + (end.x - joint.x) * along,
                        y: joint.y + (end.y - joint.y) * along + random.normal(standardDeviation: 1),
                        radius: radius * random.uniform(0.92...1.08)
                    )
                }
                return Chain(points: points)
            }
        case .round, .cluster, .spindles, .sheet: return others(shape: shape, size: size, scale: scale, random: &random)
        }
    }

    /// A cell that is partly in view at the upper or lower edge.
    static func neighbour(size: FrameSize, scale: Double, random: inout SeededRandom) -> Chain {
        let width = Double(size.width)
        let height = Double(size.height)
        let startX = random.uniform(-0.2...0.7) * width
        let length = random.uniform(0.25...0.6) * width
        let edgeY = random.chance(0.5) ? random.uniform(-0.15...0.15) : random.uniform(0.92...1.08)
        let slope = random.normal(standardDeviation: 0.3) * height / length
        let radius = random.uniform(7...20) * scale
        let points = (0...6).map { step in
            let x = startX + length * Double(step) / 6
            let y = edgeY * height + slope * (x - startX - length / 2)
            return (x: x, y: y, radius: radius * random.uniform(0.8...1.1))
        }
        return Chain(points: points)
    }

    /// Returns the distance of each pixel to the outline of the union of `chains`, negative inside.
    static func distance(to chains: [Chain], size: FrameSize) -> ScalarImage {
        var image = ScalarImage(size: size, repeating: .greatestFiniteMagnitude)
        for chain in chains {
            for (start, end) in zip(chain.points, chain.points.dropFirst()) {
                let dx = end.x - start.x
                let dy = end.y - start.y
                let squaredLength = max(dx * dx + dy * dy, 1e-9)
                for y in 0..<size.height {
                    for x in 0..<size.width {
                        let px = Double(x) - start.x
                        let py = Double(y) - start.y
                        let along = min(1, max(0, (px * dx + py * dy) / squaredLength))
                        let offsetX = px - along * dx
                        let offsetY = py - along * dy
                        let radius = start.radius + (end.radius - start.radius) * along
                        let distance = Float((offsetX * offsetX + offsetY * offsetY).squareRoot() - radius)
                        if distance < image[y: y, x: x] { image[y: y, x: x] = distance }
                    }
                }
            }
        }
        return image
    }

    /// Makes the outline ragged, and the ends of cells, where they are torn, with finger-like notches.
    static func roughen(
        _ distance: inout ScalarImage,
        chains: [Chain],
        raggedness: Double,
        hasTornEnds: Bool = true,
        random: inout SeededRandom
    ) {
        let size = distance.size
        let coarse = SmoothField.image(size: size, correlationX: 28, correlationY: 14, random: &random)
        let fine = SmoothField.image(size: size, correlationX: 7, correlationY: 4, random: &random)
        let fingers = SmoothField.image(
            size: size,
            correlationX: random.uniform(14...30),
            correlationY: random.uniform(4...8),
            random: &random
        )
        let leftmost = chains.flatMap { $0.points.map { $0.x - $0.radius } }.min() ?? 0
        let rightmost = chains.flatMap { $0.points.map { $0.x + $0.radius } }.max() ?? 0
        let tornReach = random.uniform(20...70)
        let tornDepth = random.uniform(2...13) * (hasTornEnds ? 1 : 0)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let toEnd = min(abs(Double(x) - leftmost), abs(Double(x) - rightmost))
                let torn = Float(tornDepth * exp(-toEnd / tornReach))
                let index = y * size.width + x
                distance.values[index] +=
                    Float(raggedness) * (coarse.values[index] + 0.35 * fine.values[index])
                    + torn * fingers.values[index]
            }
        }
    }
}
