import Foundation

/// A puff without noise: where it is brightest, how bright, how wide and how long.
struct PuffPicture {
    /// Largest visible ΔF/F0 of the brightest square.
    let amplitude: Double
    /// Full widths at half maximum of the mean image through that square; nil if the frame cuts them off.
    let widthXPixels: Double?
    let widthYPixels: Double?
    /// Visible ΔF/F0 of the brightest square in every frame.
    private let course: [Double]

    /// - Parameters:
    ///   - lobes: ΔF/F0 of each lobe at full strength, `[row][column]` of the extent.
    ///   - strengths: Strength of each lobe in each frame.
    ///   - extent: Where the puff is drawn.
    ///   - side: Of the square, in pixels.
    ///   - dye: The indicator.
    init(lobes: [[Float]], strengths: [[Float]], extent: ReleaseExtent, side: Int, dye: Dye) {
        let (height, width) = (extent.rows.count, extent.columns.count)
        guard !extent.isEmpty, !lobes.contains(where: \.isEmpty), height >= side, width >= side else {
            (amplitude, widthXPixels, widthYPixels, course) = (0, nil, nil, [])
            return
        }
        var mean = [Double](repeating: 0, count: height * width)
        for (lobe, strength) in zip(lobes, strengths) {
            let share = Double(strength.reduce(0, +)) / Double(extent.frames.count)
            for index in mean.indices { mean[index] += share * Double(lobe[index]) }
        }
        func square(_ row: Int, _ column: Int, _ value: (Int) -> Double) -> Double {
            var sum = 0.0
            for y in row..<row + side {
                for x in column..<column + side { sum += value(y * width + x) }
            }
            return sum / Double(side * side)
        }
        var best = (row: 0, column: 0, value: -Double.infinity)
        for row in 0...height - side {
            for column in 0...width - side {
                let value = square(row, column) { mean[$0] }
                if value > best.value { best = (row, column, value) }
            }
        }
        let values = extent.frames.map { frame in
            let offset = frame - extent.frames.lowerBound
            return square(best.row, best.column) { pixel in
                var release: Float = 0
                for (lobe, strength) in zip(lobes, strengths) { release += strength[offset] * lobe[pixel] }
                return Double(dye.visible(release))
            }
        }
        course = values
        amplitude = values.max() ?? 0
        let band = best.row..<best.row + side
        let strip = best.column..<best.column + side
        widthXPixels = Self.width((0..<width).map { x in band.reduce(0) { $0 + mean[$1 * width + x] } }, at: strip)
        widthYPixels = Self.width((0..<height).map { y in strip.reduce(0) { $0 + mean[y * width + $1] } }, at: band)
    }

    /// Time between the first and the last crossing of a share of the amplitude, in frames.
    func duration(above share: Double) -> Double {
        TimeCourse.duration(of: course, above: share * amplitude)
    }

    /// Distance of the half-maximum crossings next to the largest value within a range.
    private static func width(_ profile: [Double], at range: Range<Int>) -> Double? {
        guard let peak = range.max(by: { profile[$0] < profile[$1] }) else { return nil }
        let level = profile[peak] / 2
        guard let left = (0..<peak).last(where: { profile[$0] < level }),
            let right = (peak + 1..<max(profile.count, peak + 1)).first(where: { profile[$0] < level })
        else { return nil }
        let leftPart = (profile[left + 1] - level) / (profile[left + 1] - profile[left])
        let rightPart = (profile[right - 1] - level) / (profile[right - 1] - profile[right])
        return Double(right - left - 2) + leftPart + rightPart
    }
}
