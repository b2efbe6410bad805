package import Foundation
import Imaging

/// Gives messages their numbers and turns them into text.
package struct MessageSequencer: Sendable {
    /// A message as subscribers and journals get it.
    package struct Line: Sendable, Equatable {
        package let topic: Topic
        package let json: Data
    }

    /// Number of the last message, 0 before the first.
    package private(set) var lastMessageNumber = 0
    private var lastNumbers: [Topic: Int] = Dictionary(uniqueKeysWithValues: Topic.allCases.map { ($0, 0) })

    package init() {}

    /// Number of the last message of every topic by its name, 0 where none was sent.
    package var lastTopicNumbers: [String: Int] {
        Dictionary(uniqueKeysWithValues: lastNumbers.map { ($0.key.rawValue, $0.value) })
    }

    /// The text of the next message.
    ///
    /// - Parameters:
    ///   - message: What to say.
    ///   - publication: Time and losses; its topic numbers are replaced by those of this sequencer.
    /// - Returns: Topic and JSON.
    /// - Throws: `EncodingError` for numbers that are not finite; no number is used up then.
    package mutating func line(for message: some WireMessage, publication: Publication) throws -> Line {
        var publication = publication
        publication.lastTopicNumbers = lastTopicNumbers
        let topic = message.topic
        let topicNumber = lastNumbers[topic, default: 0] + 1
        let published = PublishedMessage(
            stamp: MessageStamp(
                topic: topic,
                messageNumber: lastMessageNumber + 1,
                topicNumber: topicNumber,
                publishedNanoseconds: publication.nanoseconds
            ),
            content: message.completed(for: publication)
        )
        let json = try PlainJSON.encode(published)
        lastMessageNumber += 1
        lastNumbers[topic] = topicNumber
        return Line(topic: topic, json: json)
    }
}
