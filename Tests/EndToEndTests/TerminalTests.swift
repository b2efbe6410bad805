import Foundation
import Live
import Samples
import TestSupport
import Testing

/// A run goes on to its end whatever becomes of the terminal.
@Suite("The terminal of a live run", .serialized)
final class TerminalTests {
    let folder: TemporaryFolder
    let movie: URL

    init() throws {
        folder = try TemporaryFolder()
        movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 300)
    }

    /// What standard output leads to.
    enum Output: CaseIterable {
        case fullDisk, closedPipe, pausedPager
    }

    /// A pipe whose reader has gone, or one that is full and is not read.
    private func pipe(isFull: Bool) throws -> Pipe {
        let pipe = Pipe()
        guard isFull else {
            try pipe.fileHandleForReading.close()
            return pipe
        }
        let end = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(end, F_GETFL)
        _ = fcntl(end, F_SETFL, flags | O_NONBLOCK)
        while write(end, "x", 1) == 1 {}
        _ = fcntl(end, F_SETFL, flags)
        return pipe
    }

    @Test(arguments: Output.allCases) func eventsAreLostToNobodyButTheTerminal(_ output: Output) throws {
        let run = try LiveRun(in: folder.url)
        let pipe = try output == .fullDisk ? nil : pipe(isFull: output == .pausedPager)
        let file = try pipe?.fileHandleForWriting ?? FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        let detector = try run.startDetector(output: file)
        let player = try run.play(movie)
        let messages = try run.messages()
        try player.wait(seconds: 60)
        #expect(messages.contains { $0.isEvent })
        let end = try #require(messages.last { $0.topic == "series.end" })
        #expect(end.frames_received == 300 && end.overflow == 0)
        let hasNotice = detector.errors.contains("standard output takes no more lines")
        #expect(hasNotice == (output != .pausedPager))
        #expect(detector.errors.contains("\nframes     300 received"))
        let table = try EventContent.table(in: folder.url.appending(path: "live"))
        #expect(!table.isEmpty)
        withExtendedLifetime(pipe) {}
    }

    @Test func aLostTerminalEndsTheRunCleanly() throws {
        // Who has started the tests may ignore the signal, and programs inherit that.
        let before = signal(SIGHUP, SIG_DFL)
        defer { signal(SIGHUP, before) }
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(seriesCount: 0)
        let player = try run.play(movie, ["--loop", "20"])
        try wait(seconds: 60, for: "the first frames") { detector.errors.contains("series ") }
        detector.send(SIGHUP)
        let messages = try run.messages()
        player.send(SIGINT)
        try player.wait(seconds: 20)
        #expect(messages.last { $0.topic == "series.end" }?.reason == "stopped")
        #expect(detector.errors.contains("\ntables     "))
    }

    @Test func theStatusLineFitsAndGoesAway() throws {
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(["--status"], columns: 64)
        let player = try run.play(movie)
        _ = try run.messages()
        try player.wait(seconds: 60)
        let pieces = detector.output.components(separatedBy: "\r\u{1B}[K")
        let statuses = pieces.dropLast().compactMap { $0.components(separatedBy: "\r\n").last }
        #expect(statuses.contains { $0.hasPrefix("RECEIVING ") && $0.contains(" frames, 0 lost, lag ") })
        #expect(statuses.allSatisfy { $0.count < 64 })
        #expect(statuses.contains { $0.count == 63 })
        // Nothing is left of it in front of the summary, or in it.
        let lines = detector.output.components(separatedBy: "\r\n")
        let summary = try #require(lines.first { $0.contains("300 received") })
        #expect(summary.components(separatedBy: "\u{1B}[K").last?.hasPrefix("frames     300 received") == true)
        #expect(pieces.last?.contains("lag ") == false)
    }

    @Test func aRunThatFailsToWriteItsTableSaysWhatItCameTo() throws {
        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector()
        // A folder that is gone would be made anew; a file in its place cannot be.
        try FileManager.default.removeItem(at: folder.url.appending(path: "live"))
        try Data().write(to: folder.url.appending(path: "live"))
        let player = try run.play(movie)
        #expect(try detector.wait(seconds: 240) == 1)
        try player.wait(seconds: 60)
        #expect(detector.errors.contains("\nframes     300 received"))
        let last = detector.errors.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("Error: ") && last.contains(folder.url.appending(path: "live").path))
    }
}
