/// Why a playback could not start.
package enum PlaybackError: Error, Equatable, CustomStringConvertible {
    /// Nobody subscribed in time.
    case noSubscriber(endpoint: String, seconds: Double)
    /// The folder holds no movie that a recorder wrote.
    case noRecording(folder: String)
    /// Pixels with a bit depth of their own cannot be converted.
    case cannotConvert(bitDepth: Int)
    /// Pixels of 32-bit whole numbers are no camera's.
    case pixelsNotOnTheWire(path: String)

    package var description: String {
        switch self {
        case .noSubscriber(let endpoint, let seconds):
            "nobody subscribed to \(endpoint) within \(seconds) s; start the subscriber, allow more time with --wait, "
                + "or leave out --wait-for-subscriber"
        case .noRecording(let folder):
            "\(folder) holds no recording of `sparkwatch live --record`; name the movies one by one"
        case .cannotConvert(let bitDepth):
            "the recording has pixels of \(bitDepth) bits, which are sent as they are; leave out --type"
        case .pixelsNotOnTheWire(let path):
            "\(path): pixels are 32 bit unsigned, which no camera sends; convert them to 16 bit or to floating point"
        }
    }
}
