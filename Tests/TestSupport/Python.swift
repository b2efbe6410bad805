package import Foundation

/// Runs Python programs of the folder `Tests/Peers`, whose results tests compare ours with.
///
/// `make test` installs what they import; without it the tests fail.
package enum Python {
    /// Runs a peer program, a file of `Tests/Peers` or a path that starts with `/`, and decodes the JSON it prints.
    ///
    /// - Throws: ``PythonError`` with the program's error output, or an error of decoding.
    package static func json<Value: Decodable>(
        _ type: Value.Type,
        from program: String,
        _ arguments: String...
    ) throws -> Value {
        try JSONDecoder().decode(type, from: run([path(of: program)] + arguments))
    }

    /// Runs a peer program for its effects; see ``json(_:from:_:)``.
    package static func run(program: String, _ arguments: String...) throws {
        _ = try run([path(of: program)] + arguments)
    }

    /// Runs Python text to its end and returns what it printed.
    @discardableResult
    package static func run(script: String, arguments: [String] = []) throws -> Data {
        try run(["-c", script] + arguments)
    }

    /// Starts Python text, which may be told things; the handle reads what it prints, as it prints it.
    package static func start(
        script: String,
        arguments: [String],
        input: Pipe? = nil
    ) throws -> (Process, FileHandle) {
        let (process, output) = (process(["-u", "-c", script] + arguments), Pipe())
        process.standardOutput = output
        if let input { process.standardInput = input }
        try process.run()
        return (process, output.fileHandleForReading)
    }

    private static func path(of program: String) -> String {
        program.hasPrefix("/") ? program : PackagePaths.peers.appending(path: program).path
    }

    private static func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        return process
    }

    private static func run(_ arguments: [String]) throws -> Data {
        let (process, output, errors) = (process(arguments), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let result = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PythonError(message: String(decoding: complaint, as: UTF8.self))
        }
        return result
    }
}

/// A peer program ended with an error; `message` is what it wrote to its error output.
package struct PythonError: Error {
    package let message: String
}
