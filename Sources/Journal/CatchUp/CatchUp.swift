import Foundation
import Imaging

/// Answers subscribers that ask for what they missed, from the journals of a folder.
///
///     {"run": "sparkwatch-20261130-161500", "after": 88, "topics": ["event."], "limit": 100}
///
/// The first part of the answer says where to go on, every further part is a message as it was published.
package struct CatchUp: Sendable {
    private let shelf: JournalShelf

    package static let largestRequestBytes = 4096
    /// Stands for the first journal of the folder.
    private static let oldest = "oldest"

    package init(folder: String) { shelf = JournalShelf(folder: folder) }

    private struct Request: Decodable {
        var run: String?
        var after: Int?
        var since: Int64?
        var series: String?
        var topics: [String]?
        var limit: Int?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case run, after, topics, limit
            case since = "since_ns"
            case series = "series_id"
        }
    }

    private struct Head: Encodable {
        var ok = true
        var error: String?
        /// The journal that was read, and the one begun after it.
        var run: String?
        var nextRun: String?
        /// What to ask for next: `after`.
        var after: Int?
        var hasMore: Bool?
        var messages: Int?
        /// What there is, where it was asked for something else.
        var oldestRun: String?

        enum CodingKeys: String, CodingKey {
            case ok, error, run, after, messages
            case nextRun = "next_run"
            case hasMore = "more"
            case oldestRun = "oldest_run"
        }
    }

    /// - Returns: The parts of the answer.
    package func answer(to request: String) -> [[UInt8]] {
        guard let request = try? PlainJSON.decode(Request.self, from: Data(request.utf8)) else {
            let keys = Request.CodingKeys.allCases.map(\.stringValue).joined(separator: ", ")
            return refusal("a request is a JSON object; its keys are \(keys)")
        }
        guard let limit = Self.inRange(request.limit ?? JournalPages.mostLines, 1...JournalPages.mostLines) else {
            return refusal("limit is \(request.limit ?? 0); use 1 to \(JournalPages.mostLines)")
        }
        let runs = shelf.runs
        guard let run = request.run == Self.oldest ? runs.first : request.run ?? runs.last else {
            return refusal("there is no journal yet")
        }
        guard let index = runs.firstIndex(of: run) else {
            return refusal("there is no journal of the run '\(run)'", oldestRun: runs.first)
        }
        do {
            let place: JournalPlace = request.since.map { .since($0) } ?? .after(max(0, request.after ?? 0))
            let page = try JournalPages(path: shelf.path(of: run)).page(from: place, limit: limit) { head in
                (request.series == nil || head.seriesID == request.series)
                    && (request.topics.map { $0.contains { head.topic.hasPrefix($0) } } ?? true)
            }
            var head = Head()
            head.run = run
            head.nextRun = index + 1 < runs.count ? runs[index + 1] : nil
            head.after = page.last
            head.hasMore = page.hasMore
            head.messages = page.lines.count
            return [Self.bytes(head)] + page.lines.map(Array.init)
        } catch {
            return refusal("\(error)")
        }
    }

    private func refusal(_ error: String, oldestRun: String? = nil) -> [[UInt8]] {
        var head = Head()
        head.ok = false
        head.error = error
        head.oldestRun = oldestRun
        return [Self.bytes(head)]
    }

    private static func bytes(_ head: Head) -> [UInt8] {
        Array((try? PlainJSON.encode(head)) ?? Data("{\"ok\":false}".utf8))
    }

    private static func inRange(_ value: Int, _ range: ClosedRange<Int>) -> Int? { range.contains(value) ? value : nil }
}
