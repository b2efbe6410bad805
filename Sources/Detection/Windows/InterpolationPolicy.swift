package import Imaging

/// Whether frames of slow cameras are interpolated for the network, and how many times over.
package enum InterpolationPolicy: String, Sendable, CaseIterable {
    /// Where the camera is so much slower than those of training that it helps.
    case auto
    case off
    case twofold = "2"
    case fourfold = "4"

    /// Times the model's own interval from which on one frame between two of the camera finds more, and three.
    private static let twofoldRatio = 1.6
    private static let fourfoldRatio = 3.2

    /// Frames of the network for each of the camera.
    package func factor(_ choice: CalibrationChoice) -> Int {
        factor(forInterval: choice.frameInterval.value, ofModel: choice.model.frameIntervalMilliseconds)
    }

    /// The same for times from frame to frame, in ms.
    package func factor(forInterval interval: Double, ofModel usual: Double) -> Int {
        switch self {
        case .auto: interval < Self.twofoldRatio * usual ? 1 : interval < Self.fourfoldRatio * usual ? 2 : 4
        case .off: 1
        case .twofold: 2
        case .fourfold: 4
        }
    }
}
