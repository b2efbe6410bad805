import ArgumentParser
import Foundation
import Streams
import UNet

/// `sparkwatch live`: frames from a microscope, events to whoever listens.
struct LiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Finds events while the microscope is running.",
        discussion: """
            Receives frames over ZeroMQ, publishes final events, and keeps a journal and a table of them. Ctrl-C ends \
            the run cleanly: open events become final, files are closed.

            Exit codes: 0 clean end, 1 failure, 3 something was lost and --strict was given, 64 wrong usage.
            """
    )

    @Option(help: "Configuration (JSON5); keys are the names of the options below, which win over it.")
    var config: String?

    @OptionGroup var options: LiveOptions

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        let settings = try effectiveOptions()
        let model = try InstalledFiles.loadModel(settings.detection.model)
        var configuration = try settings.detection.session(with: model)
        configuration.configurationSHA256 = settings.sha256
        let context = try ZeroMQContext()
        let session = try LiveSession(
            options: settings.live,
            bitDepth: settings.detection.bitDepth,
            configuration: configuration,
            context: context
        )
        Interruption.install()
        let summary = try session.run { Interruption.isRequested }
        FileHandle.standardError.write(Data((summary.text + "\n").utf8))
        if settings.live.strict && summary.hasLoss { throw ExitCode(3) }
    }

    private struct EffectiveOptions {
        let live: LiveOptions
        let detection: DetectionOptions
        let sha256: String
    }

    /// The options of the configuration file, overridden by those of the command line.
    private func effectiveOptions() throws -> EffectiveOptions {
        let own = Array(CommandLine.arguments.drop { $0 != Self.configuration.commandName }.dropFirst())
        guard let config else {
            return EffectiveOptions(live: options, detection: detection, sha256: Self.sha256(own))
        }
        let file = try OptionsFile(URL(filePath: config), for: [LiveOptions.self, DetectionOptions.self])
        do {
            _ = try LiveCommand.parse(file.arguments)
        } catch {
            throw ValidationError("\(config): \(LiveCommand.message(for: error))")
        }
        let arguments = file.arguments + own
        let command = try LiveCommand.parse(arguments)
        return EffectiveOptions(live: command.options, detection: command.detection, sha256: Self.sha256(arguments))
    }

    private static func sha256(_ arguments: [String]) -> String {
        SHA256.hexDigest(of: Array(arguments.joined(separator: "\n").utf8))
    }
}
