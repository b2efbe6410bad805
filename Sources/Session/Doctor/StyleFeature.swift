import Foundation
import Imaging

/// A number that tells how a recording looks, beside what pixels and frames mean; mostly logarithms, so that recordings of
/// one kind scatter about normally.
package enum StyleFeature: String, Sendable, CaseIterable, Codable {
    case brightness
    case photons
    case blank = "light_outside"
    case coverage = "cell_share"
    case grain
    case clouds
    case noiseAlongX = "noise_along_x"
    case noiseAlongY = "noise_along_y"
    case lines
    case flicker
    case fastChange = "fast_change"
    case slowChange = "slow_change"
    case changeWidth = "change_width"

    /// What differs, in words.
    package var text: String {
        switch self {
        case .brightness: "brightness of the cell"
        case .photons: "photons per pixel"
        case .blank: "light outside of the cell"
        case .coverage: "share of the frame that the cell fills"
        case .grain: "fine texture of the cell"
        case .clouds: "coarse texture of the cell"
        case .noiseAlongX: "noise that neighbours along x share"
        case .noiseAlongY: "noise that neighbours along y share"
        case .lines: "lines that flicker"
        case .flicker: "flicker of whole frames"
        case .fastChange: "change within 4 frames"
        case .slowChange: "change within 16 frames"
        case .changeWidth: "width of what changes"
        }
    }

    static func values(
        of survey: RecordingSurvey,
        _ picture: Picture,
        _ measures: RecordingMeasures
    ) -> [StyleFeature: Double] {
        var values: [StyleFeature: Double] = [:]
        let bright = max(measures.brightCounts, 1e-3)
        values[.brightness] = log(bright)
        values[.photons] = log(max(measures.photons ?? 0, 0.05))
        values[.blank] = (picture.blank - measures.darkLevelCounts) / bright
        values[.coverage] = Double(picture.cellPixels.count) / Double(picture.size.pixelCount)
        values[.grain] = log(0.005 + grain(picture, survey.lookedAtCount) / bright)
        let cell = picture.cellPixels.map { picture.means[$0] }
        let mean = cell.reduce(0, +) / Double(max(1, cell.count))
        let square = cell.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, cell.count))
        values[.clouds] = log(0.02 + square.squareRoot() / bright)
        let own = max(survey.stepSquares, 1e-9)
        let along = survey.neighbourProducts.x / own
        values[.noiseAlongX] = along
        values[.noiseAlongY] = survey.neighbourProducts.y / own
        values[.lines] = log(max(survey.lineSquares / own / max(1 + 2 * along, 0.2), 0.1))
        values[.flicker] = log(0.003 + measures.flicker)
        let steps = (0..<BlockCourses.lags.count).map { max(survey.blocks.meanSquare($0), 1e-9) }
        values[.fastChange] = log(steps[1] / steps[0])
        values[.slowChange] = log(steps[2] / steps[1])
        values[.changeWidth] = survey.blocks.neighbourProduct / max(survey.blocks.squares[1], 1e-9)
        return values
    }

    /// Standard deviation of the cell's pixels from the mean of their four neighbours, without what noise makes.
    private static func grain(_ picture: Picture, _ frameCount: Int) -> Double {
        let (height, width) = (picture.size.height, picture.size.width)
        var (sum, count) = (0.0, 0)
        for pixel in picture.cellPixels {
            let (y, x) = (pixel / width, pixel % width)
            guard y > 0, y < height - 1, x > 0, x < width - 1 else { continue }
            let near =
                picture.means[pixel - 1] + picture.means[pixel + 1] + picture.means[pixel - width]
                + picture.means[pixel + width]
            let difference = picture.means[pixel] - near / 4
            sum += difference * difference - 1.25 * picture.variances[pixel] / Double(frameCount)
            count += 1
        }
        return count > 0 ? max(0, sum / Double(count)).squareRoot() : 0
    }
}
