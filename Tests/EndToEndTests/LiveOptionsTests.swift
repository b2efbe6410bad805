import Foundation
import Samples
import TestSupport
import Testing

/// The command line and the configuration file of `sparkwatch live`.
@Suite("Options of live")
final class LiveOptionsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func run(_ arguments: [String]) throws -> (status: Int32, errors: String, output: String) {
        let process = try RunningProcess.product("sparkwatch", ["live"] + arguments, in: folder.url)
        let status = try process.wait(seconds: 60)
        return (status, process.errors, process.output)
    }

    func configuration(_ text: String) throws -> String {
        let path = folder.path("live.json5")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func unknownKeysAreRefusedByName() throws {
        let result = try run(["--config", configuration("{ bindFramez: true, /* comment */ }")])
        #expect(result.status == 64)
        #expect(result.errors.contains("unknown key 'bindFramez'"))
        #expect(result.errors.contains("bindFrames"))
        let known = try run(["--config", configuration("{ source: 1 }")]).errors
        #expect(known.contains("unknown key 'source'"))
        #expect(known.contains("pixelSizeUm") && !known.contains("source,") && !known.contains("config,"))
    }

    @Test(arguments: [
        ("{ threshold: 2 }", "threshold"), ("{ threads: 0 }", "--threads is 0"), ("[1]", "not a JSON5 object"),
        ("{ threads: [2] }", "the value of 'threads'"), ("{ threads: 2", "not a JSON5 object"),
    ])
    func badValuesAreRefusedByName(text: String, message: String) throws {
        let result = try run(["--config", configuration(text)])
        #expect(result.status != 0)
        #expect(result.errors.contains(message))
    }

    @Test func missingFileAndMissingModelAreNamed() throws {
        #expect(try run(["--config", "nowhere.json5"]).errors.contains("nowhere.json5"))
        #expect(try run(["--model", folder.path("no-model.safetensors")]).errors.contains("no-model.safetensors"))
    }

    @Test(arguments: [
        (["--no-page", "--marks", "tcp://127.0.0.1:5999"], "--marks needs the page"),
        (["--sound-file", "sound.flac"], "--sound-file is 'sound.flac'"),
        (["--page-token", "abc"], "--page-token is 'abc'"),
        (["--compare", "nowhere.jsonl"], "the journal nowhere.jsonl cannot be read"),
        (["--wave-clips", "/proc/clips"], "cannot make the folder /proc/clips"),
    ])
    func whatCannotBeDoneIsNamed(arguments: [String], message: String) throws {
        let model = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors").path
        let result = try run(["--model", model, "--threshold", "0.5"] + arguments)
        #expect(result.status != 0)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        let file = try configuration("{}")
        let model = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors").path
        let result = try run(["--model", model, "--threshold", "0.5", "--output", "\(file)/results"])
        #expect(result.status == 1)
        #expect(result.errors.contains("cannot make the folder \(file)/results: "))
    }

    @Test func theCommandLineWinsOverTheFile() throws {
        let path = try configuration("{ model: \"from-file.safetensors\" }")
        #expect(try run(["--config", path]).errors.contains("from-file.safetensors"))
        let result = try run(["--config", path, "--model", "from-command-line.safetensors"])
        #expect(result.errors.contains("from-command-line.safetensors"))
        #expect(!result.errors.contains("from-file.safetensors"))
    }

    @Test func theShippedConfigurationHoldsTheDefaultsOfEveryKey() throws {
        let shipped = PackagePaths.root.appending(path: "Config/live.json5").path
        let result = try run(["--config", shipped, "--model", "no-such-model.safetensors"])
        #expect(result.errors.contains("no-such-model.safetensors"))
        let text = try String(contentsOfFile: shipped, encoding: .utf8)
        let keys = text.split(separator: "\n").compactMap { line -> String? in
            let words = line.replacing("// ", with: "").trimmingCharacters(in: .whitespaces).split(separator: ": ")
            guard words.count > 1, let key = words.first, key.allSatisfy(\.isLetter) else { return nil }
            return String(key)
        }
        #expect(Set(keys) == Set(try options().map(\.key)))
    }

    /// What an option of the command line does, its key does in the file: both are taken, or refused in the same words.
    @Test func everyOptionOfTheHelpIsAKeyOfTheFile() throws {
        let options = try options()
        #expect(options.count > 40)
        for option in options {
            for value in option.isFlag ? ["true", "false"] : ["\"7\"", "\"nonsense\""] {
                let model = option.key == "model" ? "" : ", model: \"no-such-model.safetensors\""
                let path = try configuration("{ \(option.key): \(value)\(model) }")
                let argument =
                    option.isFlag
                    ? (value == "true" ? "--" : "--no-") + option.name
                    : "--\(option.name)=\(value.filter { $0 != "\"" })"
                let direct = try run(["--model=no-such-model.safetensors", argument])
                let byFile = try run(["--config", path])
                #expect(byFile.status == direct.status, "\(option.key)")
                let complaints = [byFile, direct].map {
                    $0.errors.replacing("\(path): ", with: "").prefix { $0 != "\n" }
                }
                #expect(complaints[0] == complaints[1] && !complaints[0].isEmpty, "\(option.key)")
            }
        }
    }

    /// An option as the help names it; its key in the file is the name in camel case.
    private struct Option {
        let name: String
        let isFlag: Bool

        var key: String {
            let words = name.split(separator: "-")
            return words.dropFirst().reduce(into: String(words[0])) { $0 += $1.prefix(1).uppercased() + $1.dropFirst() }
        }
    }

    /// Every option of `live --help` but those that no file can hold.
    private func options() throws -> [Option] {
        try run(["--help"]).output.matches(of: /(?m)^ {2}--([a-z0-9-]+)(\/--no-[a-z0-9-]+)?/)
            .map { Option(name: String($0.1), isFlag: $0.2 != nil) }
            .filter { !["config", "version", "help"].contains($0.name) }
    }
}
