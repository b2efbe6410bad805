import Foundation
import Wire

/// A series that a run was in when it was cut off.
package struct UnfinishedSeries: Sendable, Equatable {
    package let run: String
    package let seriesID: String
    /// The newest frame that an event needed; nil if none was decided.
    package let newestFrame: Int?
}

extension JournalShelf {
    /// The series that the last run did not end; nil if it ended all it began.
    ///
    /// Only the end of a long journal is read.
    package var unfinishedSeries: UnfinishedSeries? {
        guard let run = runs.last, let pages = try? JournalPages(path: path(of: run)),
            let last = try? pages.lastNumber()
        else { return nil }
        var (series, newestFrame): (String?, Int?)
        var after = max(0, last - Self.messagesRead)
        while let page = try? pages.page(from: .after(after)) {
            for line in page.lines {
                guard let message = try? JSONDecoder().decode(Message.self, from: line) else { continue }
                switch message.topic {
                case Topic.seriesStart.rawValue: (series, newestFrame) = (message.series_id, nil)
                case Topic.seriesEnd.rawValue: (series, newestFrame) = (nil, nil)
                default:
                    guard let frame = message.frame_newest else { continue }
                    // Its beginning may lie before what is read.
                    series = series ?? message.series_id
                    newestFrame = max(newestFrame ?? frame, frame)
                }
            }
            guard page.hasMore else { break }
            after = page.last
        }
        return series.map { UnfinishedSeries(run: run, seriesID: $0, newestFrame: newestFrame) }
    }

    /// Messages from the end of a journal that are looked at.
    private static let messagesRead = 20_000

    private struct Message: Decodable {
        let topic: String
        let series_id: String?
        let frame_newest: Int?
    }
}
