/// Frames are missing, and what the detector did about it.
package struct GapMessage: WireMessage {
    /// Where the frames were lost.
    package enum Origin: String, Codable, Sendable {
        /// At or before the sender: the acquisition index jumped, the message counter did not.
        case source
        /// On the way: both counters jumped.
        case transport
        /// Here: the detector could not keep up and left them out.
        case detector
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

    package var seriesID: String
    package var stream: String
    package var origin: Origin
    package var action: Action
    /// Acquisition index of the first missing frame.
    package var firstFrame: Int
    package var frameCount: Int

    package var topic: Topic { .gap }

    package init(
        seriesID: String,
        stream: String,
        origin: Origin,
        action: Action,
        firstFrame: Int,
        frameCount: Int
    ) {
        self.seriesID = seriesID
        self.stream = stream
        self.origin = origin
        self.action = action
        self.firstFrame = firstFrame
        self.frameCount = frameCount
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case stream, origin, action
        case firstFrame = "first_missing_frame"
        case frameCount = "missing_frames"
    }
}

/// A change in how well the detector works, in words.
package struct StatusMessage: WireMessage {
    /// A short name that programs can compare; programs should expect new ones.
    package struct Code: RawRepresentable, ExpressibleByStringLiteral, Codable, Sendable, Hashable {
        package var rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package init(stringLiteral rawValue: String) {
            self.rawValue = rawValue
        }

        /// The disk does not take the journal; messages are published all the same.
        package static let journalFailed: Code = "journal_failed"
        /// The disk takes the journal again; the messages in between are missing in it.
        package static let journalRecovered: Code = "journal_recovered"
        /// The last line of an existing journal had no end; its writer had died.
        package static let journalRepaired: Code = "journal_repaired"
        /// The publisher's queue was full; messages were never sent.
        package static let messagesLost: Code = "messages_lost"
        /// A series is left out, because memory does not suffice for its frames, say; the next one is taken.
        package static let seriesRefused: Code = "series_refused"
        /// Received frames are not recorded: the disk is full or too slow; detection goes on.
        package static let recordingFailed: Code = "recording_failed"
        /// Frames are recorded again.
        package static let recordingRecovered: Code = "recording_recovered"
        /// A movie of a wave was not written.
        package static let clipFailed: Code = "clip_failed"
        /// Sounds are not played or not written.
        package static let soundFailed: Code = "sound_failed"
        /// The live page takes no new viewers: files or memory have run out.
        package static let pageFailed: Code = "page_failed"
        /// The live page takes viewers again.
        package static let pageRecovered: Code = "page_recovered"
        /// Somebody was turned away from the live page: a foreign web page, or one too many.
        package static let pageRefused: Code = "page_refused"
        /// A message held numbers that JSON cannot express; it was not sent.
        package static let messageInvalid: Code = "message_invalid"
    }

    package var status: HealthStatus
    package var code: Code
    /// What happened and what to do, for people.
    package var message: String

    package var topic: Topic { .status }

    package init(status: HealthStatus, code: Code, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}
