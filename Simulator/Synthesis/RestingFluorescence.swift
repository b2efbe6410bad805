import Foundation
import Imaging

/// Light before any release: F0 of the cells, and what surrounds them, both in units of bright F0.
package struct RestingFluorescence: Sendable {
    /// Fluorescence of dye that takes part in release.
    package let cell: ScalarImage
    /// Light that does not change with release: blank level, halo, beads.
    package let surroundings: ScalarImage

    package init(style: RestingStyle, cell: Cell, pixelSizeMicrometres: Double, random: inout SeededRandom) {
        let size = cell.coverage.size
        var texture = Self.texture(style: style, size: size, pixelSize: pixelSizeMicrometres, random: &random)
        Self.addPuncta(to: &texture, style: style, cell: cell, random: &random)

        var fluorescence = ScalarImage(size: size)
        for index in fluorescence.values.indices {
            fluorescence.values[index] =
                cell.coverage.values[index] * cell.brightness.values[index] * texture.values[index]
        }
        let inside = cell.interior.map { fluorescence.values[$0] }.sorted()
        let bright = max(inside[min(inside.count - 1, inside.count * 9 / 10)], 1e-6)
        for index in fluorescence.values.indices { fluorescence.values[index] /= bright }

        var surroundings = ScalarImage(size: size)
        let glow = SmoothField.image(size: size, correlationX: 90, correlationY: 60, random: &random)
        let halo = Float(style.haloStrength)
        let haloLength = Float(style.haloLengthPixels)
        for index in surroundings.values.indices {
            let outside = 1 - cell.coverage.values[index]
            surroundings.values[index] =
                Float(style.blankFraction) * (1 + 0.15 * glow.values[index])
                + halo * exp(-max(cell.distance.values[index], 0) / haloLength) * (0.35 + 0.65 * outside)
                + cell.ghost.values[index] * outside
        }
        for _ in 0..<style.beadCount {
            Self.addDisc(
                to: &surroundings,
                x: random.uniform() * Double(size.width),
                y: random.uniform() * Double(size.height),
                radius: random.uniform(3...7),
                height: random.uniform(0.5...3)
            )
        }
        self.cell = fluorescence
        self.surroundings = surroundings
    }

    private static func texture(
        style: RestingStyle,
        size: FrameSize,
        pixelSize: Double,
        random: inout SeededRandom
    ) -> ScalarImage {
        let clouds = SmoothField.image(
            size: size,
            correlationX: style.cloudLengthPixels,
            correlationY: style.cloudLengthPixels * random.uniform(0.3...0.7),
            random: &random
        )
        let smallClouds = SmoothField.image(size: size, correlationX: 16, correlationY: 9, random: &random)
        let grain = SmoothField.image(size: size, correlationX: 3, correlationY: 2.2, random: &random)
        let warp = SmoothField.image(size: size, correlationX: 60, correlationY: 30, random: &random)
        let stripeEnvelope = SmoothField.image(size: size, correlationX: 50, correlationY: 12, random: &random)
        let stripePhase = random.uniform(0...6.28)
        let sarcomerePeriod = style.sarcomerePeriodMicrometres / pixelSize
        let nucleusX = random.uniform(0.15...0.85) * Double(size.width)
        let nucleusY = random.uniform(0.3...0.7) * Double(size.height)
        let nucleusLength = random.uniform(15...32)
        let nucleusWidth = random.uniform(7...14)

        var texture = ScalarImage(size: size)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let index = y * size.width + x
                let bend = Double(warp.values[index])
                let stripes = sin(2 * .pi * (Double(y) + 2 * bend) / style.stripePeriodPixels + stripePhase)
                let bands = sin(2 * .pi * (Double(x) + 2.5 * bend) / sarcomerePeriod)
                let dx = (Double(x) - nucleusX) / nucleusLength
                let dy = (Double(y) - nucleusY) / nucleusWidth
                var logarithm = style.cloudVariation * Double(clouds.values[index])
                logarithm += 0.35 * style.cloudVariation * Double(smallClouds.values[index])
                logarithm += style.tilt * (2 * Double(x) / Double(size.width) - 1)
                logarithm += style.grainVariation * Double(grain.values[index])
                logarithm += style.stripeContrast * stripes * Double(0.7 + 0.5 * stripeEnvelope.values[index])
                logarithm += style.sarcomereContrast * bands
                logarithm += style.nucleusContrast / (1 + exp(6 * (dx * dx + dy * dy - 1)))
                texture.values[index] = Float(exp(logarithm))
            }
        }
        return texture
    }

    private static func addPuncta(
        to texture: inout ScalarImage,
        style: RestingStyle,
        cell: Cell,
        random: inout SeededRandom
    ) {
        let width = cell.coverage.size.width
        var centre = cell.interior[random.integer(0...cell.interior.count - 1)]
        for _ in 0..<style.punctaCount {
            if random.chance(0.4) { centre = cell.interior[random.integer(0...cell.interior.count - 1)] }
            addDisc(
                to: &texture,
                x: Double(centre % width) + random.normal(standardDeviation: 22),
                y: Double(centre / width) + random.normal(standardDeviation: 9),
                radius: random.uniform(1.4...4),
                height: style.punctaContrast * random.uniform(0.4...1.3)
            )
        }
        for _ in 0..<style.blobCount {
            let place = cell.interior[random.integer(0...cell.interior.count - 1)]
            addDisc(
                to: &texture,
                x: Double(place % width),
                y: Double(place / width),
                radius: random.uniform(4...10),
                height: random.uniform(0.5...2.5)
            )
        }
    }

    /// Adds a soft elliptical spot.
    private static func addDisc(to image: inout ScalarImage, x: Double, y: Double, radius: Double, height: Double) {
        let size = image.size
        for row in ReleaseExtent.clipped(y, reach: 3 * radius, count: size.height) {
            for column in ReleaseExtent.clipped(x, reach: 3 * radius, count: size.width) {
                let dx = (Double(column) - x) / radius
                let dy = (Double(row) - y) / radius
                image[y: row, x: column] += Float(height * exp(-pow(dx * dx + dy * dy, 1.3)))
            }
        }
    }
}
