import Foundation
import Imaging

/// What `NAME_run.json` says of how a movie was analysed, as far as a review needs it.
struct AnalysedRun: Decodable {
    let setup: Setup

    struct Setup: Decodable {
        let movie: Movie
        let configuration: Configuration
        let calibration: [String: Value]
    }

    struct Movie: Decodable {
        let path: String
    }

    struct Configuration: Decodable {
        let channel: String?
        let countScale: Double
        let darkLevelCounts: Double?

        private enum CodingKeys: String, CodingKey {
            case channel
            case countScale = "count_scale"
            case darkLevelCounts = "dark_level_counts"
        }
    }

    struct Value: Decodable {
        let value: Double
        let assumed: Bool
    }

    /// Nil where there is no such file, or none that is understood.
    init?(path: String) {
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            let run = try? PlainJSON.decode(Self.self, from: data)
        else { return nil }
        self = run
    }

    /// Pixel size and frame interval that somebody stated then.
    var stated: [Quantity: Double] {
        let names: [(Quantity, String)] = [(.pixelSize, "pixel_size_um"), (.frameInterval, "frame_interval_ms")]
        return names.reduce(into: [:]) { stated, name in
            guard let value = setup.calibration[name.1], !value.assumed, name.0.range.contains(value.value) else {
                return
            }
            stated[name.0] = value.value
        }
    }

    /// Bits of the camera: counts were multiplied by a power of two to fill 16.
    var bitDepth: Int? {
        let scale = setup.configuration.countScale
        guard scale > 1, scale <= 256 else { return nil }
        return PixelScaling.networkBitDepth - Int(log2(scale).rounded())
    }
}
