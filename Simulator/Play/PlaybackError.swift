/// Why a playback could not start.
package enum PlaybackError: Error, Equatable, CustomStringConvertible {
    /// Nobody subscribed in time.
    case noSubscriber(endpoint: String, seconds: Double)

    package var description: String {
        switch self {
        case .noSubscriber(let endpoint, let seconds):
            "nobody subscribed to \(endpoint) within \(seconds) s; start the subscriber, allow more time with --wait, "
                + "or leave out --wait-for-subscriber"
        }
    }
}
