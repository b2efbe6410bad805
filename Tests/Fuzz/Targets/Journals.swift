import Foundation
import Journal
import Triggers
import Wire

extension FuzzTarget {
    private static let file = FuzzedFile(named: "journal.jsonl")
    private static let anyEvent = try? TriggerRules(
        Data(#"{rules: [{name: "any", class: ["spark", "puff", "wave"], tier: "any"}]}"#.utf8),
        path: "rules"
    )

    /// Journals, which may be torn, damaged, or of other programs.
    static let journals = [FuzzTarget(name: "journal", largestByteCount: 8192, read: readJournal)]

    private static func readJournal(_ bytes: [UInt8]) {
        let data = Data(bytes)
        let journal = JournalReader(data)
        _ = JournalSummary(journal).text
        for style in EventTableStyle.allCases { _ = EventTable(events: journal.events, style: style).csv }
        let run = JournalledRun(data)
        _ = JournalComparison(expected: run, found: run).summary()
        replay(journal)
        file.write(bytes)
        guard let pages = try? JournalPages(path: file.path) else { preconditionFailure("a file can be read") }
        _ = try? pages.lastNumber()
        for place in [JournalPlace.after(0), .after(40), .since(1_763_822_907_000_000_000)] {
            var (from, pageCount) = (place, 0)
            while let page = try? pages.page(from: from, limit: 3), page.hasMore, pageCount < 1000 {
                from = .after(page.last)
                pageCount += 1
            }
        }
    }

    /// Rules are tried on journals, too.
    private static func replay(_ journal: JournalReader) {
        guard let anyEvent else { preconditionFailure("these rules are right") }
        var engine = TriggerEngine(anyEvent)
        for entry in journal.entries {
            switch entry.content {
            case .seriesStart(let start):
                engine.startSeries(
                    firstFrame: start.firstFrame,
                    frameIntervalMilliseconds: start.frameIntervalMilliseconds
                )
            case .event(let event):
                if let observation = Observation(event) { _ = engine.take(observation) }
            case .retracted(let message):
                if let withdrawal = Withdrawal(message) { _ = engine.take(withdrawal) }
            default: break
            }
        }
    }
}
