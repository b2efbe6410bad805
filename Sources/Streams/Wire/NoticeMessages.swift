/// Frames are missing, and what the detector did about it.
public struct GapMessage: WireMessage {
    /// Where the frames were lost.
    public enum Origin: String, Codable, Sendable {
        /// At or before the sender: the acquisition index jumped, the message counter did not.
        case source
        /// On the way: both counters jumped.
        case transport
        /// Here: the detector could not keep up and left them out.
        case detector
    }

    /// What was put in the place of the frames.
    public enum Action: String, Codable, Sendable {
        /// The frame before was repeated.
        case hold
        /// Frames of zeros were put.
        case zero
        /// Open events were closed and the window started anew.
        case breakSegment = "break"
    }

    public var seriesID: String
    public var stream: String
    public var origin: Origin
    public var action: Action
    /// Acquisition index of the first missing frame.
    public var firstFrame: Int
    public var frameCount: Int

    public var topic: Topic { .gap }

    public init(
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
public struct StatusMessage: WireMessage {
    /// A short name that programs can compare; programs should expect new ones.
    public struct Code: RawRepresentable, ExpressibleByStringLiteral, Codable, Sendable, Hashable {
        public var rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public init(stringLiteral rawValue: String) {
            self.rawValue = rawValue
        }

        /// The disk does not take the journal; messages are published all the same.
        public static let journalFailed: Code = "journal_failed"
        /// The disk takes the journal again; the messages in between are missing in it.
        public static let journalRecovered: Code = "journal_recovered"
        /// The last line of an existing journal had no end; its writer had died.
        public static let journalRepaired: Code = "journal_repaired"
        /// The publisher's queue was full; messages were never sent.
        public static let messagesLost: Code = "messages_lost"
        /// A series is left out, because memory does not suffice for its frames, say; the next one is taken.
        public static let seriesRefused: Code = "series_refused"
        /// Received frames are not recorded: the disk is full or too slow; detection goes on.
        public static let recordingFailed: Code = "recording_failed"
        /// Frames are recorded again.
        public static let recordingRecovered: Code = "recording_recovered"
        /// A movie of a wave was not written.
        public static let clipFailed: Code = "clip_failed"
        /// Sounds are not played or not written.
        public static let soundFailed: Code = "sound_failed"
        /// A message held numbers that JSON cannot express; it was not sent.
        public static let messageInvalid: Code = "message_invalid"
    }

    public var status: HealthStatus
    public var code: Code
    /// What happened and what to do, for people.
    public var message: String

    public var topic: Topic { .status }

    public init(status: HealthStatus, code: Code, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}
