import Foundation
import TestSupport

/// A program started by a test; its output goes to files, so that no pipe can fill up.
final class RunningProcess {
    let process = Process()
    private let folder: URL
    private let name: String

    /// One of the package's own executables.
    static func executable(_ product: String) -> URL {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: product)
    }

    /// Starts one of the package's own executables, if wanted by a shell that first runs `preparation`, or with another
    /// standard output than a file.
    static func product(
        _ product: String,
        _ arguments: [String],
        in folder: URL,
        preparation: String? = nil,
        output: FileHandle? = nil
    ) throws -> RunningProcess {
        let executable = executable(product)
        guard let preparation else {
            return try RunningProcess(executable: executable, arguments, in: folder, output: output)
        }
        return try RunningProcess(
            executable: URL(filePath: "/bin/bash"),
            ["-c", "\(preparation); exec \"$0\" \"$@\"", executable.path] + arguments,
            in: folder
        )
    }

    /// Starts a Python program of the package.
    static func python(_ program: String, _ arguments: [String], in folder: URL) throws -> RunningProcess {
        let path = PackagePaths.root.appending(path: program).path
        return try RunningProcess(executable: URL(filePath: "/usr/bin/env"), ["python3", path] + arguments, in: folder)
    }

    private init(executable: URL, _ arguments: [String], in folder: URL, output: FileHandle? = nil) throws {
        self.folder = folder
        name = "\(executable.lastPathComponent)-\(UUID().uuidString.prefix(8))"
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try output ?? Self.newFile(folder.appending(path: name + ".out"))
        process.standardError = try Self.newFile(folder.appending(path: name + ".err"))
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var output: String { text(of: ".out") }
    var errors: String { text(of: ".err") }

    /// Waits for the end of the program and returns its exit code.
    ///
    /// - Throws: ``StillRunning`` with what the program wrote, if the time is up; the program is killed then.
    @discardableResult
    func wait(seconds: Double) throws -> Int32 {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while process.isRunning {
            if Date() > deadline {
                kill(process.processIdentifier, SIGKILL)
                throw StillRunning(program: name, output: output, errors: errors)
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return process.terminationStatus
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    private func text(of suffix: String) -> String {
        (try? String(contentsOf: folder.appending(path: name + suffix), encoding: .utf8)) ?? ""
    }

    private static func newFile(_ url: URL) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        return try FileHandle(forWritingTo: url)
    }
}

/// A program did not end in time.
struct StillRunning: Error {
    let program: String
    let output: String
    let errors: String
}

/// Waits until something has happened.
///
/// - Throws: ``NeverHappened`` if the time is up.
func wait(seconds: Double, for what: String, _ hasHappened: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !hasHappened() {
        if Date() > deadline { throw NeverHappened(what: what) }
        Thread.sleep(forTimeInterval: 0.02)
    }
}

struct NeverHappened: Error {
    let what: String
}
