/// Frames that are missing in a series, and what the detector did about it.
package struct Gap: Sendable, Equatable {
    /// Where the frames were lost.
    package enum Origin: String, Codable, Sendable {
        /// At or before the sender: the acquisition index jumped, the message counter did not.
        case source
        /// On the way: both counters jumped.
        case transport
        /// Here: the detector could not keep up and left them out.
        case detector
        /// They came, but were refused, because of their size, say: counted by that reason.
        case refused
    }

    /// What was put in the place of the frames.
    package enum Action: String, Codable, Sendable {
        /// The frame before was repeated.
        case hold
        /// Frames of zeros were put.
        case zero
        /// Open events were closed and the window started anew.
        case breakSegment = "break"
    }

    package var origin: Origin
    package var action: Action
    /// Acquisition index of the first missing frame.
    package var firstFrame: Int
    package var frameCount: Int

    package init(origin: Origin, action: Action, firstFrame: Int, frameCount: Int) {
        self.origin = origin
        self.action = action
        self.firstFrame = firstFrame
        self.frameCount = frameCount
    }
}
