import Foundation
package import Session

/// What a message says, without its numbers: those are given when it is published.
package protocol WireMessage: Codable, Sendable, Equatable {
    var topic: Topic { get }

    /// The message as it is published: what only the publisher knows is filled in.
    func completed(for publication: Publication) -> Self
}

extension WireMessage {
    package func completed(for publication: Publication) -> Self { self }
}

/// What the publisher knows at the moment of publication.
package struct Publication: Sendable, Equatable {
    /// Time since 1970, UTC, in ns.
    package var nanoseconds: Int64
    /// Number of the last message of every topic so far, 0 where none was sent.
    package var lastTopicNumbers: [String: Int] = [:]
    /// Messages that were never sent because the publisher's queue was full.
    package var messagesLost = 0
    /// Messages that are missing in the journal because the disk did not take them.
    package var messagesNotJournaled = 0
    /// Times that the journal had disappeared and another one was begun.
    package var journalsReplaced = 0
    /// Total latency of the last events; nil before the first.
    package var latency: LatencyPercentiles?

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }
}

/// What every message carries besides its content.
package struct MessageStamp: Codable, Sendable, Equatable {
    /// The version of the format.
    package static let formatVersion = 1

    package var version = formatVersion
    package var topic: Topic
    /// Counts all messages of a publisher from 1; a subscriber to every topic sees no gap in it.
    package var messageNumber: Int
    /// Counts the messages of this topic from 1; a gap means a lost message whatever else is subscribed to.
    package var topicNumber: Int
    /// Time of publication since 1970, UTC, in ns.
    package var publishedNanoseconds: Int64

    package init(topic: Topic, messageNumber: Int, topicNumber: Int, publishedNanoseconds: Int64) {
        self.topic = topic
        self.messageNumber = messageNumber
        self.topicNumber = topicNumber
        self.publishedNanoseconds = publishedNanoseconds
    }

    enum CodingKeys: String, CodingKey {
        case version, topic
        case messageNumber = "message_num"
        case topicNumber = "topic_num"
        case publishedNanoseconds = "t_pub_ns"
    }
}

/// A message with its numbers: one flat JSON object.
package struct PublishedMessage<Content: WireMessage>: Codable, Sendable, Equatable {
    package var stamp: MessageStamp
    package var content: Content

    package init(stamp: MessageStamp, content: Content) {
        self.stamp = stamp
        self.content = content
    }

    package init(from decoder: any Decoder) throws {
        stamp = try MessageStamp(from: decoder)
        content = try Content(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try stamp.encode(to: encoder)
        try content.encode(to: encoder)
    }
}
