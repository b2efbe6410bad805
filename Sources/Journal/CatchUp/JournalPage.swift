package import Foundation
import Wire

/// Some messages of a journal behind a place in it, as bytes that were published.
package struct JournalPage: Sendable, Equatable {
    package var lines: [Data] = []
    /// Number of the last message that was looked at: where the next page begins.
    package var last: Int
    /// True if there is more behind it.
    package var hasMore = false
}

/// Where in a journal to begin.
package enum JournalPlace: Sendable, Equatable {
    /// Behind the message with a number; 0 for the beginning.
    case after(Int)
    /// At the first message that was published at a time or later, since 1970, UTC, in ns.
    case since(Int64)
}

/// Reads pages of a journal that may be growing, also one whose writer died; never more than a bounded piece of it.
///
/// Numbers and times of publication rise from line to line, so that a place is found by halving the file.
package struct JournalPages: ~Copyable {
    private let file: JournalFile

    /// Most messages and bytes on a page, and bytes that are read for one.
    package static let mostLines = 1000
    static let mostBytes = 1 << 20
    static let mostBytesRead = 8 << 20
    private static let chunkBytes = 64 << 10
    /// Longer lines are passed over; the longest messages have some kB.
    private static let longestLine = 1 << 20

    /// - Throws: ``JournalError`` if the file cannot be opened.
    package init(path: String) throws(JournalError) {
        file = try JournalFile(path: path, flags: O_RDONLY)
    }

    /// The messages behind a place.
    ///
    /// - Parameters:
    ///   - place: Where to begin.
    ///   - limit: Most messages.
    ///   - isWanted: Decides by topic and series.
    /// - Returns: The messages in their order, and where to go on.
    /// - Throws: ``JournalError`` if the file cannot be read.
    package func page(
        from place: JournalPlace,
        limit: Int = mostLines,
        isWanted: (MessageHead) -> Bool = { _ in true }
    ) throws(JournalError) -> JournalPage {
        let end = try file.length()
        var page = JournalPage(last: 0)
        if case .after(let number) = place { page.last = number }
        var offset = try start(of: place, end: end)
        var rest = Data()
        var (byteCount, readCount) = (0, 0)
        while offset < end {
            guard readCount < Self.mostBytesRead else {
                page.hasMore = true
                break
            }
            let chunk = try file.bytes(at: offset, count: min(Self.chunkBytes, end - offset))
            guard !chunk.isEmpty else { break }
            offset += chunk.count
            readCount += chunk.count
            rest.append(chunk)
            while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(rest[rest.startIndex..<newline])
                guard let head = MessageHead(line), Self.isBehind(head, place) else {
                    rest = rest[rest.index(after: newline)...]
                    continue
                }
                if isWanted(head) {
                    guard page.lines.count < min(limit, Self.mostLines), byteCount + line.count <= Self.mostBytes else {
                        page.hasMore = true
                        return page
                    }
                    page.lines.append(line)
                    byteCount += line.count
                }
                page.last = head.messageNumber
                rest = rest[rest.index(after: newline)...]
            }
            if rest.count > Self.longestLine { rest = Data() }
        }
        return page
    }

    /// Number of the last whole message; 0 if there is none.
    package func lastNumber() throws(JournalError) -> Int {
        let end = try file.length()
        let offset = max(0, end - Self.longestLine)
        let bytes = try file.bytes(at: offset, count: end - offset)
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        return lines.reversed().lazy.compactMap { MessageHead(Data($0))?.messageNumber }.first ?? 0
    }

    private static func isBehind(_ head: MessageHead, _ place: JournalPlace) -> Bool {
        switch place {
        case .after(let number): head.messageNumber > number
        case .since(let nanoseconds): head.publishedNanoseconds >= nanoseconds
        }
    }

    /// An offset at or before the first line behind the place, by halving.
    private func start(of place: JournalPlace, end: Int) throws(JournalError) -> Int {
        var (low, high) = (0, end)
        while high - low > Self.chunkBytes {
            let middle = low + (high - low) / 2
            guard let (offset, head) = try firstLine(from: middle, end: high) else {
                high = middle
                continue
            }
            if Self.isBehind(head, place) { high = middle } else { low = offset }
        }
        return low
    }

    /// The first whole message that begins behind an offset.
    private func firstLine(from offset: Int, end: Int) throws(JournalError) -> (offset: Int, head: MessageHead)? {
        var (bytes, begin) = (Data(), offset)
        var next = offset
        while next < end, bytes.count < Self.longestLine {
            let chunk = try file.bytes(at: next, count: min(Self.chunkBytes, end - next))
            guard !chunk.isEmpty else { return nil }
            next += chunk.count
            bytes.append(chunk)
            while let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(bytes[bytes.startIndex..<newline])
                // What lies before the first line break began before the offset.
                if begin > offset, let head = MessageHead(line) { return (begin, head) }
                begin += line.count + 1
                bytes = Data(bytes[bytes.index(after: newline)...])
            }
        }
        return nil
    }
}

/// What every published message has, and what it is sorted by.
package struct MessageHead: Decodable, Sendable {
    package let topic: String
    package let messageNumber: Int
    package let publishedNanoseconds: Int64
    package let seriesID: String?

    enum CodingKeys: String, CodingKey {
        case topic
        case messageNumber = "message_num"
        case publishedNanoseconds = "t_pub_ns"
        case seriesID = "series_id"
    }

    /// Nil unless the line is a whole message.
    init?(_ line: Data) {
        guard line.first == UInt8(ascii: "{"), let head = try? JSONDecoder().decode(MessageHead.self, from: line) else {
            return nil
        }
        self = head
    }
}
