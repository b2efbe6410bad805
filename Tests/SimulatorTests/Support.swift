import Foundation
import TestSupport

/// A program that a test has started; its output goes to files, so that it never waits for a reader.
final class RunningProgram {
    private let process = Process()
    private let folder: URL

    init(_ executable: URL, _ arguments: [String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sparksim-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = executable
        process.arguments = arguments
        process.standardOutput = try Self.file(folder.appending(path: "stdout"))
        process.standardError = try Self.file(folder.appending(path: "stderr"))
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: folder)
    }

    var standardOutput: String { text("stdout") }
    var standardError: String { text("stderr") }

    /// Waits for the end of the program and returns its exit status.
    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    func interrupt() {
        process.interrupt()
    }

    /// Waits until standard error contains a word after `marker`, and returns the word; nil if the program ended first.
    func word(after marker: String) -> String? {
        while true {
            let isOver = !process.isRunning
            if let range = standardError.range(of: marker + " ") {
                let rest = standardError[range.upperBound...]
                if let end = rest.firstIndex(where: \.isWhitespace) { return String(rest[..<end]) }
            }
            if isOver { return nil }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }

    private static func file(_ url: URL) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        return try FileHandle(forWritingTo: url)
    }
}

extension RunningProgram {
    /// Starts the simulator, which is built beside the tests.
    static func sparksim(_ arguments: [String]) throws -> RunningProgram {
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "sparksim")
        return try RunningProgram(program, arguments)
    }

    /// Starts a Python program of the folder `Tests/Peers`.
    static func peer(_ name: String, _ arguments: [String]) throws -> RunningProgram {
        let script = PackagePaths.peers.appending(path: name).path
        return try RunningProgram(URL(fileURLWithPath: "/usr/bin/env"), ["python3", script] + arguments)
    }
}
