import Foundation
import Journal
import TestSupport
import Testing

/// Several writers of one file.
struct SharedLogTests {
    private func line(_ text: String) -> Data { Data(text.utf8) }

    private func texts(_ lines: [Data]) -> [String] { lines.map { String(decoding: $0, as: UTF8.self) } }

    @Test func writersReadEachOthersLinesInOneOrder() throws {
        let folder = try TemporaryFolder()
        var first = try SharedLog(path: folder.path("review.jsonl"))
        var second = try SharedLog(path: folder.path("review.jsonl"))
        var seen: [[String]] = [[], []]
        try first.exchange { lines in
            #expect(lines.isEmpty)
            return [line("a1"), line("a2")]
        }
        try second.exchange { lines in
            seen[1] += texts(lines)
            return [line("b1")]
        }
        try first.exchange { lines in
            seen[0] += texts(lines)
            return []
        }
        #expect(seen == [["b1"], ["a1", "a2"]])
        #expect(try String(contentsOfFile: folder.path("review.jsonl"), encoding: .utf8) == "a1\na2\nb1\n")
    }

    /// Threads stand for processes: each has a descriptor, and so a lock, of its own.
    @Test func nobodysLinesAreLost() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("review.jsonl")
        let (writers, count) = (6, 40)
        DispatchQueue.concurrentPerform(iterations: writers) { writer in
            do {
                var log = try SharedLog(path: path)
                for number in 0..<count { try log.exchange { _ in [Data("\(writer) \(number)".utf8)] } }
            } catch {
                Issue.record(error)
            }
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == writers * count)
        for writer in 0..<writers {
            let own = lines.filter { $0.hasPrefix("\(writer) ") }.compactMap { $0.split(separator: " ").last }
            #expect(own.compactMap { Int($0) } == Array(0..<count))
        }
    }

    @Test func aTornLineIsEndedAndWhatIsRefusedIsNotWritten() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("review.jsonl")
        try Data("one\ntw".utf8).write(to: URL(filePath: path))
        var log = try SharedLog(path: path)
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try log.exchange { lines in
                #expect(texts(lines) == ["one", "tw"])
                throw Refusal()
            }
        }
        try log.exchange { lines in
            #expect(lines.isEmpty)
            return [line("three")]
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntw\nthree\n")
    }

    @Test func aFileThatCannotBeMadeIsNamed() throws {
        let folder = try TemporaryFolder()
        #expect(throws: JournalError.systemCall(doing: "opening", path: folder.path("no/log"), code: ENOENT)) {
            _ = try SharedLog(path: folder.path("no/log"))
        }
    }
}
