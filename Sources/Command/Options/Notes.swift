import Detection
import Foundation
import Imaging
import UNet

/// Lines on standard error, fit for a terminal whatever texts of files are in them.
enum Notes {
    static func write(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line.printable + "\n").utf8))
    }
}

/// What is said of frames without light.
enum DarkFrames {
    /// - Returns: Nil if there are none.
    static func remark(_ count: Int) -> String? {
        guard count > 0 else { return nil }
        return "\(count) frames without light (a shutter, a laser that was off, or zeros in their place): "
            + "they are left out of F0, and events beside them have no values (dark_frames)"
    }
}

extension CalibrationChoice {
    /// What is assumed, to stand in the line on a movie; empty if nothing is.
    var assumptionText: String {
        let assumed = [pixelSize, frameInterval].filter(\.isAssumed)
        guard !assumed.isEmpty else { return "" }
        return "; assumed: "
            + assumed.map { "\($0.quantity.name) \($0.quantity.text($0.value))" }.joined(separator: ", ")
    }
}

extension ModelMetadata {
    /// The recordings that the model was trained on.
    var calibration: Calibration {
        Calibration(
            pixelSizeMicrometres: pixelSizeMicrometres,
            frameIntervalMilliseconds: frameIntervalMilliseconds
        )
    }
}
