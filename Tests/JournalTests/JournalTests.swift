import Foundation
import Journal
import Samples
import TestSupport
import Testing
import Wire

@Suite struct JournalTests {
    /// The published text of some events.
    static func lines(_ numbers: Range<Int>) throws -> [Data] {
        var sequencer = MessageSequencer()
        return try numbers.map {
            try sequencer.line(for: EventSamples.message(number: $0), publication: Publication(nanoseconds: 1)).json
        }
    }

    @Test func everyAppendIsThereForAnotherReader() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        var journal = try Journal(path: path)
        #expect(journal.opening == .new)
        var expected = Data()
        for line in try Self.lines(0..<20) {
            try journal.append([line])
            expected += line + Data("\n".utf8)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == expected)
        }
        let reader = try JournalReader(path: path)
        #expect(reader.events.map(\.eventID) == (0..<20).map { EventSamples.message(number: $0).eventID })
        #expect(reader.unreadableLines.isEmpty)
    }

    @Test func anExistingJournalIsContinued() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        let lines = try Self.lines(0..<4)
        do {
            var journal = try Journal(path: path)
            try journal.append(Array(lines[..<2]))
        }
        do {
            var journal = try Journal(path: path)
            #expect(journal.opening == .continued)
            try journal.append(Array(lines[2...]))
        }
        #expect(try JournalReader(path: path).events.count == 4)
    }

    @Test func aTornLastLineIsClosedAndReported() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        let lines = try Self.lines(0..<3)
        let newline = Data("\n".utf8)
        try (lines[0] + newline + lines[1].prefix(100)).write(to: URL(fileURLWithPath: path))
        do {
            var journal = try Journal(path: path)
            #expect(journal.opening == .repaired)
            try journal.append([lines[2]])
        }
        let expected = lines[0] + newline + lines[1].prefix(100) + newline + lines[2] + newline
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == expected)
        let reader = try JournalReader(path: path)
        #expect(reader.events.map(\.eventID) == ["b3b884f1d851-000000", "b3b884f1d851-000002"])
        #expect(reader.unreadableLines == [2])
    }

    @Test func aWholeLineThatLacksOnlyItsEndIsKept() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        let lines = try Self.lines(0..<2)
        try lines[0].write(to: URL(fileURLWithPath: path))
        do {
            var journal = try Journal(path: path)
            #expect(journal.opening == .repaired)
            try journal.append([lines[1]])
        }
        #expect(try JournalReader(path: path).events.count == 2)
    }

    @Test func twoWritersAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        var journal = try Journal(path: path)
        #expect(throws: JournalError.inUse(path: path)) { _ = try Journal(path: path) }
        try journal.append(try Self.lines(0..<1))
    }

    @Test func aJournalThatCannotBeMadeSaysWhyAndWhatToDo() {
        let error = #expect(throws: JournalError.self) { _ = try Journal(path: "/nonexistent/folder/events.jsonl") }
        #expect(error == .systemCall(doing: "opening", path: "/nonexistent/folder/events.jsonl", code: ENOENT))
        #expect(error?.description.contains("check free space and permissions of the folder") == true)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func aFullDiskIsAnError() throws {
        var failure: JournalError?
        var journal = try Journal(path: "/dev/full")
        do { try journal.append(try Self.lines(0..<1)) } catch let error as JournalError { failure = error }
        #expect(failure == .systemCall(doing: "writing", path: "/dev/full", code: ENOSPC))
    }

    @Test func killedWriterLosesNothingThatItHadAppended() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("events.jsonl")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            var journal = try Journal(path: path)
            for line in try JournalTests.lines(0..<25) { try journal.append([line]) }
            // A line that the writer dies in.
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"area_px":10"#.utf8))
            kill(getpid(), SIGKILL)
        }
        #expect(try JournalReader(path: path).events.count == 25)
        let reopened = try Journal(path: path)
        #expect(reopened.opening == .repaired)
    }

    #if os(Linux)
        @Test func afterAFullDiskTheJournalGoesOnWithoutATornLine() async throws {
            let folder = try TemporaryFolder()
            let path = folder.path("events.jsonl")
            await #expect(processExitsWith: .success) { [path = path as String] in
                // A limit on the file size stands in for the full disk: the third line does not fit as a whole.
                signal(SIGXFSZ, SIG_IGN)
                let lines = try JournalTests.lines(0..<4)
                func limit(to bytes: Int) {
                    var limits = rlimit()
                    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits)
                    limits.rlim_cur = rlim_t(bytes)
                    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits)
                }
                var journal = try Journal(path: path)
                try journal.append(Array(lines[..<2]))
                limit(to: lines[0].count * 2 + 300)
                var failures = 0
                for _ in 0..<3 {
                    do { try journal.append([lines[2]]) } catch { failures += 1 }
                }
                limit(to: 1 << 30)
                try journal.append([lines[3]])
                exit(failures == 3 ? EXIT_SUCCESS : EXIT_FAILURE)
            }
            let reader = try JournalReader(path: path)
            #expect(
                reader.events.map(\.eventID) == ["b3b884f1d851-000000", "b3b884f1d851-000001", "b3b884f1d851-000003"]
            )
            #expect(reader.unreadableLines.isEmpty)
        }

    #endif

    @Test func linesOfLaterVersionsAreSkippedAndNamed() {
        let reader = JournalReader(
            Data(#"{"version":9,"topic":"event.ember.final"}"#.utf8) + Data("\n\nnot json\n".utf8)
        )
        #expect(reader.entries.isEmpty)
        #expect(reader.unreadableLines == [1, 3])
    }
}
