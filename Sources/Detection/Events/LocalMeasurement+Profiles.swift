import Foundation
import Imaging

/// Widths of puffs, whose shape is no Gaussian: profiles through the brightest place, a square of about 1 µm wide.
extension LocalMeasurement {
    struct Widths {
        var x: PeakWidth?
        var y: PeakWidth?
    }

    /// Knots of the splines in units of the spot's standard deviation.
    private static let knotsPerSigma = 0.8

    /// Profiles along x and y of the mean over some frames.
    ///
    /// The place is that of the spot, moved to where the profile along x is highest and then to where the one along y is.
    func widths(of spot: Spot, frames: [Int]) -> Widths {
        var widths = Widths()
        guard let firstX = profileWidth(alongRows: false, of: spot, across: spot.row, frames: frames) else {
            return widths
        }
        widths.y = profileWidth(alongRows: true, of: spot, across: firstX.peak, frames: frames)
        widths.x = profileWidth(alongRows: false, of: spot, across: widths.y?.peak ?? spot.row, frames: frames)
        return widths
    }

    private func square(around place: Double, count: Int) -> Range<Int> {
        let half = max(1, 0.5 / calibration.pixelSizeMicrometres)
        return Int(
            saturating: min(max(0, (place - half).rounded()), Double(count))
        )..<Int(saturating: min(max(0, (place + half).rounded() + 1), Double(count)))
    }

    /// The profile along x, or along y (`alongRows`, its positions are rows), at a place of the other axis.
    private func profileWidth(alongRows: Bool, of spot: Spot, across place: Double, frames: [Int]) -> PeakWidth? {
        let (height, width) = (surroundings.size.height, surroundings.size.width)
        let (centre, sigma, count) =
            alongRows ? (spot.row, spot.sigmaY, height) : (spot.column, spot.sigmaX, width)
        let band = square(around: place, count: alongRows ? width : height)
        let span = clipped(centre, reach: reach(3.5 * sigma), count: count)
        guard !band.isEmpty, !span.isEmpty else { return nil }
        var increase = [Double](repeating: 0, count: span.count)
        var light = increase
        for frame in frames {
            let intensity = surroundings.intensity(ofFrame: frame)
            let classes = classes(ofFrame: frame)
            let brightness = brightness(ofFrame: frame)
            for position in span {
                for other in band {
                    let (row, column) = alongRows ? (position, other) : (other, position)
                    let pixel = row * width + column
                    guard resting[pixel].isFinite, intensity[pixel].isFinite,
                        isFree(classes, frame: frame, row: row, column: column)
                    else { continue }
                    increase[position - span.lowerBound] += Double(change(intensity[pixel], resting[pixel], brightness))
                    light[position - span.lowerBound] += Double(resting[pixel] - surroundings.blankLevel)
                }
            }
        }
        let brightest = light.max() ?? 0
        let used = span.indices.filter { light[$0 - span.lowerBound] > 0.1 * brightest && brightest > 0 }
        return PeakWidth(
            positions: used.map(Double.init),
            values: used.map { increase[$0 - span.lowerBound] / light[$0 - span.lowerBound] },
            weights: used.map { light[$0 - span.lowerBound].squareRoot() },
            knotDistance: max(2, Self.knotsPerSigma * sigma),
            peakIn: centre - sigma...centre + sigma
        )
    }
}
