import Foundation

/// Runs Python programs of the folder `Tests/Peers`, whose results tests compare ours with.
public enum Python {
    /// True if python3 can import all of `modules`.
    public static func has(_ modules: String...) -> Bool {
        (try? run(["-c", "import " + modules.joined(separator: ", ")])) != nil
    }

    /// Runs a peer program and decodes the JSON that it prints.
    ///
    /// - Throws: ``PythonError`` with the program's error output, or an error of decoding.
    public static func json<Value: Decodable>(
        _ type: Value.Type,
        from program: String,
        _ arguments: String...
    ) throws -> Value {
        let output = try run([PackagePaths.peers.appending(path: program).path] + arguments)
        return try JSONDecoder().decode(type, from: output)
    }

    /// Runs a peer program for its effects.
    public static func run(program: String, _ arguments: String...) throws {
        _ = try run([PackagePaths.peers.appending(path: program).path] + arguments)
    }

    private static func run(_ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let (output, errors) = (Pipe(), Pipe())
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
public struct PythonError: Error {
    public let message: String
}
