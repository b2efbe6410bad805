package import Imaging

/// Whether frames of slow cameras are interpolated for the network, and how many times over.
package enum InterpolationPolicy: String, Sendable, CaseIterable {
    /// Where the camera is so much slower than those of training that it helps.
    case auto
    case off
    case twofold = "2"
    case fourfold = "4"

    /// Times the model's own interval where one frame between two of the camera finds more: at 2 times F1 of sparks
    /// gains, at 3 times it does not.
    private static let helpfulRatios = 1.6..<2.5

    /// Frames of the network for each of the camera.
    package func factor(_ choice: CalibrationChoice) -> Int {
        factor(forInterval: choice.frameInterval.value, ofModel: choice.model.frameIntervalMilliseconds)
    }

    /// The same for times from frame to frame, in ms.
    package func factor(forInterval interval: Double, ofModel usual: Double) -> Int {
        switch self {
        case .auto: Self.helpfulRatios.contains(interval / usual) ? 2 : 1
        case .off: 1
        case .twofold: 2
        case .fourfold: 4
        }
    }
}
