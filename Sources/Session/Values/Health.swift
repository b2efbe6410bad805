/// A change in how well the detector works.
package struct Health: Sendable, Equatable {
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
        /// The journal was deleted or moved while the run went on; another one was begun.
        package static let journalReplaced: Code = "journal_replaced"
        /// The publisher's queue was full; messages were never sent.
        package static let messagesLost: Code = "messages_lost"
        /// A series is left out, because memory does not suffice for its frames, say; the next one is taken.
        package static let seriesRefused: Code = "series_refused"
        /// Received frames are not recorded: the disk is full or too slow; detection goes on.
        package static let recordingFailed: Code = "recording_failed"
        /// Frames are recorded again.
        package static let recordingRecovered: Code = "recording_recovered"
        /// Something about the frames is assumed, unlike what the model knows, or looks wrong.
        package static let inputRemark: Code = "input_remark"
        /// A disk will be full soon, at the present rate.
        package static let diskFilling: Code = "disk_filling"
        /// The disk has room again.
        package static let diskRoom: Code = "disk_room"
        /// The series was under way in an earlier run, which was cut off: frames in between were not analysed.
        package static let seriesResumed: Code = "series_resumed"
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
        /// Somebody was turned away from a ZeroMQ endpoint: without a key, one too many, or sending without end.
        package static let connectionRefused: Code = "connection_refused"
        /// An endpoint can be reached from other computers without a key, because the user wants it so.
        package static let withoutKey: Code = "without_key"
        /// A trial before the first frame shows that this computer will not keep up.
        package static let computerTooSlow: Code = "computer_too_slow"
        /// The cell moves; its frames are stabilised before detection.
        package static let movementUndone: Code = "movement_undone"
        /// A rule waits for a region that nobody has drawn.
        package static let regionMissing: Code = "region_missing"
        /// A message held numbers that JSON cannot express; it was not sent.
        package static let messageInvalid: Code = "message_invalid"
    }

    package var status: HealthStatus
    package var code: Code
    /// What happened and what to do, for people.
    package var message: String

    package init(status: HealthStatus, code: Code, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}

/// How well the detector is.
package enum HealthStatus: Int, Codable, Sendable, Comparable {
    case ok = 0
    /// Something was lost or is unusual; results go on.
    case notice = 1
    /// Results are impaired, e.g. the detector does not keep up.
    case degraded = 2
    /// No results are produced.
    case critical = 3

    package static func < (left: HealthStatus, right: HealthStatus) -> Bool { left.rawValue < right.rawValue }
}
