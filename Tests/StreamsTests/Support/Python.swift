import Foundation

/// Python programs as independent judges of what we write and send.
enum Python {
    static func isAvailable(modules: [String]) -> Bool {
        (try? run("import " + modules.joined(separator: ","))) != nil
    }

    struct Failure: Error {
        let exitCode: Int32
    }

    /// Runs a script to its end and gives what it printed.
    @discardableResult
    static func run(_ script: String, arguments: [String] = []) throws -> Data {
        let (process, output) = try start(script, arguments: arguments)
        let bytes = try output.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(exitCode: process.terminationStatus) }
        return bytes
    }

    /// Starts a script; the handle reads what it prints.
    static func start(_ script: String, arguments: [String]) throws -> (Process, FileHandle) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-u", "-c", script] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        return (process, pipe.fileHandleForReading)
    }
}
