package import Foundation
import Imaging
import Session
package import Wire

/// A line of a journal, decoded.
package struct JournalEntry: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case event(EventMessage)
        case retracted(RetractedMessage)
        case triggerFired(TriggerMessage)
        case triggerSuppressed(TriggerSuppressedMessage)
        case triggerAction(TriggerActionMessage)
        case triggerOutcome(TriggerOutcomeMessage)
        case triggerArmed(TriggerArmedMessage)
        case seriesStart(SeriesStartMessage)
        case seriesEnd(SeriesEndMessage)
        case examination(ExaminationMessage)
        case gap(GapMessage)
        case heartbeat(HeartbeatMessage)
        case mark(MarkMessage)
        case regions(RegionsMessage)
        case correction(CorrectionMessage)
        case movement(MovementMessage)
        case status(StatusMessage)
    }

    package var stamp: MessageStamp
    package var content: Content

    /// Decodes the JSON of one published message, from a journal or from a socket.
    ///
    /// - Throws: `DecodingError`
    package init(json: Data) throws {
        stamp = try PlainJSON.decode(MessageStamp.self, from: json)
        content = try Content(topic: stamp.topic, json: json)
    }
}

extension JournalEntry.Content {
    /// Decodes a line of a journal of `live`, or of one of `analyze`, whose lines have no stamp.
    ///
    /// - Throws: `DecodingError`
    package init(line: Data) throws {
        struct Head: Decodable {
            var topic: Topic?
            var state: EventState?
        }
        let head = try PlainJSON.decode(Head.self, from: line)
        if let topic = head.topic {
            try self.init(topic: topic, json: line)
        } else if head.state == .retracted {
            self = .retracted(try PlainJSON.decode(RetractedMessage.self, from: line))
        } else {
            self = .event(try PlainJSON.decode(EventMessage.self, from: line))
        }
    }

    /// - Throws: `DecodingError`
    init(topic: Topic, json: Data) throws {
        self =
            switch topic {
            case .sparkProvisional, .waveProvisional, .puffProvisional, .sparkFinal, .waveFinal, .puffFinal:
                .event(try PlainJSON.decode(EventMessage.self, from: json))
            case .sparkRetracted, .waveRetracted, .puffRetracted:
                .retracted(try PlainJSON.decode(RetractedMessage.self, from: json))
            case .triggerFired: .triggerFired(try PlainJSON.decode(TriggerMessage.self, from: json))
            case .triggerSuppressed: .triggerSuppressed(try PlainJSON.decode(TriggerSuppressedMessage.self, from: json))
            case .triggerAction: .triggerAction(try PlainJSON.decode(TriggerActionMessage.self, from: json))
            case .triggerOutcome: .triggerOutcome(try PlainJSON.decode(TriggerOutcomeMessage.self, from: json))
            case .triggerArmed, .triggerDisarmed:
                .triggerArmed(try PlainJSON.decode(TriggerArmedMessage.self, from: json))
            case .seriesStart: .seriesStart(try PlainJSON.decode(SeriesStartMessage.self, from: json))
            case .seriesEnd: .seriesEnd(try PlainJSON.decode(SeriesEndMessage.self, from: json))
            case .examination: .examination(try PlainJSON.decode(ExaminationMessage.self, from: json))
            case .gap: .gap(try PlainJSON.decode(GapMessage.self, from: json))
            case .heartbeat: .heartbeat(try PlainJSON.decode(HeartbeatMessage.self, from: json))
            case .mark: .mark(try PlainJSON.decode(MarkMessage.self, from: json))
            case .regions: .regions(try PlainJSON.decode(RegionsMessage.self, from: json))
            case .correction: .correction(try PlainJSON.decode(CorrectionMessage.self, from: json))
            case .movement: .movement(try PlainJSON.decode(MovementMessage.self, from: json))
            case .status: .status(try PlainJSON.decode(StatusMessage.self, from: json))
            }
    }
}

/// The contents of a journal, also of one whose writer died or that a newer version has written into.
package struct JournalReader: Sendable, Equatable {
    package private(set) var entries: [JournalEntry] = []
    /// Numbers, from 1, of lines that are not messages of this version: torn, damaged or from a later version.
    package private(set) var unreadableLines: [Int] = []

    /// - Throws: ``JournalReadError`` if the file cannot be read.
    package init(path: String) throws(JournalReadError) {
        self.init(try JournalReadError.read(path))
    }

    /// - Parameter journal: The bytes of a journal.
    package init(_ journal: Data) {
        let lines = journal.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (offset, line) in lines.enumerated() where !line.isEmpty {
            if let entry = try? JournalEntry(json: Data(line)) {
                entries.append(entry)
            } else {
                unreadableLines.append(offset + 1)
            }
        }
    }

    /// The final events in the order of publication.
    package var events: [EventMessage] {
        entries.compactMap { entry in
            guard case .event(let event) = entry.content, event.state == .final else { return nil }
            return event
        }
    }
}
