import Foundation
import Journal
import Samples
import TestSupport
import Testing
import Wire

/// Pages of a journal: against a plain reading of the whole file.
@Suite("Catch-up")
final class CatchUpTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Head: Decodable {
        let ok: Bool
        let error: String?
        let run: String?
        let after: Int?
        let more: Bool?
        let messages: Int?
        let next_run: String?
        let oldest_run: String?
    }

    private struct Stamp: Decodable, Equatable {
        let message_num: Int
        let topic: String
        let series_id: String?
        let t_pub_ns: Int64
    }

    private static let run = "sparkwatch-20261130-120000"

    /// A journal in which every fifth number is missing, as heartbeats are, with lines of many lengths.
    private func writeJournal(_ run: String, messageCount: Int, isTorn: Bool = false) throws -> [Stamp] {
        var generator = SeededGenerator(seed: UInt64(messageCount))
        var (text, stamps) = ("", [Stamp]())
        for number in 1...messageCount where !number.isMultiple(of: 5) {
            let stamp = Stamp(
                message_num: number,
                topic: ["event.spark.final", "event.wave.provisional", "status", "gap"][number % 4],
                series_id: number % 3 == 0 ? nil : "s\(number / 100)",
                t_pub_ns: Int64(number) * 1000
            )
            stamps.append(stamp)
            let series = stamp.series_id.map { "\"series_id\":\"\($0)\"," } ?? ""
            let filling = String(repeating: "x", count: Int.random(in: 0..<3000, using: &generator))
            text += """
                {"label":"\\"message_num\\":7, \(filling)","message_num":\(number),\(series)"t_pub_ns":\(stamp.t_pub_ns),\
                "topic":"\(stamp.topic)"}

                """
            if number.isMultiple(of: 97) { text += "{\"message_num\":9999, damaged\n\n" }
        }
        if isTorn { text += #"{"message_num":\#(messageCount + 1),"topic":"gap","t_pub"# }
        try Data(text.utf8).write(to: URL(filePath: folder.path("\(run).jsonl")))
        return stamps
    }

    private func ask(_ request: String) throws -> (head: Head, stamps: [Stamp]) {
        let parts = CatchUp(folder: folder.url.path).answer(to: request)
        let decoder = JSONDecoder()
        return (
            try decoder.decode(Head.self, from: Data(try #require(parts.first))),
            try parts.dropFirst().map { try decoder.decode(Stamp.self, from: Data($0)) }
        )
    }

    @Test("From any place on the page holds the very messages behind it", arguments: [3, 40, 2000])
    func pagesFromAnyPlace(messageCount: Int) throws {
        let all = try writeJournal(Self.run, messageCount: messageCount, isTorn: true)
        for after in stride(from: 0, through: messageCount + 1, by: max(1, messageCount / 50)) {
            let (head, stamps) = try ask(#"{"run":"\#(Self.run)","after":\#(after),"limit":7}"#)
            let expected = all.filter { $0.message_num > after }
            #expect(stamps == Array(expected.prefix(7)), "after \(after)")
            #expect(head.after == expected.prefix(7).last?.message_num ?? after)
            #expect(head.more == (expected.count > 7) && head.messages == stamps.count)
            let since = try ask(#"{"run":"\#(Self.run)","since_ns":\#(after * 1000 - 500),"limit":3}"#).stamps
            #expect(since == Array(all.filter { $0.t_pub_ns >= Int64(after) * 1000 - 500 }.prefix(3)))
        }
    }

    @Test("Page by page, by topic and series, nothing is missing and nothing comes twice")
    func pagesFollowEachOther() throws {
        let all = try writeJournal(Self.run, messageCount: 3000)
        for (filter, isWanted) in [
            ("", { (_: Stamp) in true }), (#","topics":["event.","gap"]"#, { $0.topic != "status" }),
            (#","series_id":"s3""#, { $0.series_id == "s3" }), (#","topics":["nothing"]"#, { _ in false }),
        ] {
            var (found, after, hasMore) = ([Stamp](), 0, true)
            while hasMore {
                let (head, stamps) = try ask("{\"after\":\(after)\(filter)}")
                #expect(stamps.count <= 1000)
                found += stamps
                after = try #require(head.after)
                hasMore = head.more == true
            }
            #expect(found == all.filter(isWanted))
        }
    }

    @Test("Runs follow each other by their time, whatever else lies in the folder")
    func runs() throws {
        #expect(try ask("{}").head.error == "there is no journal yet")
        let runs = ["sparkwatch-20261130-120000", "sparkwatch-20261130-120000-2", "sparkwatch-20261130-120000-10"]
        for run in runs { _ = try writeJournal(run, messageCount: 4) }
        for name in ["sparkwatch-20261130-120000.csv", "other.jsonl", "sparkwatch-20261130-130000.jsonl.partial"] {
            try Data("{}".utf8).write(to: URL(filePath: folder.path(name)))
        }
        #expect(try runs.map { try ask(#"{"run":"\#($0)"}"#).head.next_run } == [runs[1], runs[2], nil])
        #expect(try ask("{}").head.run == runs[2] && ask(#"{"run":"oldest"}"#).head.run == runs[0])
        let missing = try ask(#"{"run":"../../etc/passwd"}"#).head
        #expect(!missing.ok && missing.oldest_run == runs[0])
    }

    @Test(arguments: ["", "[]", "arm", #"{"after":"x"}"#, #"{"limit":0}"#, #"{"limit":1001}"#, #"{"after":1e300}"#])
    func badRequestsAreRefusedInWords(request: String) throws {
        _ = try writeJournal(Self.run, messageCount: 4)
        let (head, stamps) = try ask(request)
        #expect(!head.ok && head.error?.isEmpty == false && stamps.isEmpty)
    }

    @Test("Mutilated requests get an answer of bounded size, whatever is in them", arguments: 0..<8 as Range<UInt64>)
    func mutilatedRequests(seed: UInt64) throws {
        _ = try writeJournal(Self.run, messageCount: 200)
        let catchUp = CatchUp(folder: folder.url.path)
        var generator = SeededGenerator(seed: seed)
        let text = #"{"run":"oldest","after":9223372036854775807,"topics":["event."],"limit":7,"since_ns":-1}"#
        let whole = Array(text.utf8)
        for _ in 0..<500 {
            var request = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !request.isEmpty {
                let place = Int.random(in: 0..<request.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: request[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: request.remove(at: place)
                default: request.insert(whole[Int.random(in: 0..<whole.count, using: &generator)], at: place)
                }
            }
            let parts = catchUp.answer(to: String(decoding: request, as: UTF8.self))
            #expect((1...JournalPages.mostLines + 1).contains(parts.count))
            _ = try JSONDecoder().decode(Head.self, from: Data(parts[0]))
        }
    }
}
