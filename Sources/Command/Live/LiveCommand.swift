import ArgumentParser
import CKernels
import Dashboard
import Detection
import Foundation
import Journal
import Live
import Session
import Triggers
import UNet
import ZeroMQ

/// `sparkwatch live`: frames from a microscope, events to whoever listens.
struct LiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live",
        abstract: "Finds events while the microscope is running.",
        discussion: """
            Receives frames over ZeroMQ, or from files that another program is writing (--follow), publishes events (of waves also provisional ones, within a stride of their \
            onset), shows them on a page in the browser, and keeps a journal and a table of them. On request it acts \
            on events, plays or writes their sound, and records the frames. Ctrl-C ends the run cleanly: open events \
            become final, files are closed.

            Exit codes: 0 clean end, 1 failure, 3 something was lost and --strict was given, 4 the events differ from \
            those of --compare, 64 wrong usage.
            """
    )

    @Option(help: "Configuration (JSON5); keys are the names of all other options, which win over it, in camel case.")
    var config: String?

    @OptionGroup var options: LiveOptions

    @OptionGroup var drawing: RegionOptions

    @OptionGroup(title: "Options on files that grow")
    var following: FollowOptions

    @OptionGroup(title: "Options on keys")
    var keys: KeyOptions

    @OptionGroup(title: "The live page")
    var page: PageOptions

    @OptionGroup(title: "Recording options")
    var recording: RecordingOptions

    @OptionGroup(title: "Sound options")
    var sound: SoundOptions

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        ckernels_limit_heap_reserve()
        let (command, sha256) = try effective()
        let model = try InstalledFiles.loadModel(command.detection.model)
        var configuration = try command.detection.session(with: model, defaultProvisional: .waves)
        configuration.configurationSHA256 = sha256
        configuration.outlivesRefusedSeries = true
        configuration.missedFrames = command.options.missingFrames
        configuration.adaptsStride = command.options.adaptiveStride
        if let note = configuration.settings.earlyNote(on: model) { Self.write(note) }
        let other = try command.recording.compare.map { try JournalledRun(path: $0) }
        let context = try ZeroMQContext()
        let options = command.options
        let keys = try command.keyPlan()
        // Before all sockets that ask for keys, and longer than these.
        let authenticator = try keys.folder.map { try Authenticator($0, context: context) }
        defer { authenticator?.stop() }
        var run = LiveRun.Configuration(
            events: options.events,
            output: options.output,
            frameSize: options.frameSize,
            detection: configuration
        )
        run.eventsSecurity = keys.security
        run.seriesCount = options.seriesCount
        run.showsStatus = options.status
        run.mayLookMoreOften = command.detection.earlyIntervalFrames == nil
        let parts = try command.parts(configuration, keys, context)
        let live = try LiveRun(
            run,
            parts: parts,
            context: context,
            makeSource: command.source(configuration, keys, context)
        )
        Interruption.install()
        let summary = live.run { Interruption.isRequested }
        Self.write(summary.text)
        if let failure = summary.failure { throw failure }
        let comparison = try other.map { other in
            JournalComparison(expected: other, found: try JournalledRun(path: summary.files.journal.path))
        }
        for line in comparison?.summary() ?? [] { Self.write(line) }
        if let comparison, !comparison.differences.isEmpty { throw ExitCode(4) }
        if command.options.strict && summary.hasLoss { throw ExitCode(3) }
    }

    func validate() throws {
        guard following.follow != nil else { return }
        if options.bindFrames || options.topic != nil || keys.requireKey {
            throw ValidationError(
                "--bind-frames, --topic and --require-key are for frames over ZeroMQ; leave them out with --follow."
            )
        }
    }

    private static func write(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Where frames come from: files that grow, or a microscope.
    private func source(
        _ configuration: DetectionSession.Configuration,
        _ keys: KeyPlan,
        _ context: ZeroMQContext
    ) -> LiveRun.SourceFactory {
        let source = detection.source
        if let follower = following.follower(options, source, stride: configuration.settings.stride) {
            return { taps, log in FileFollower(follower, recordings: taps, log: log) }
        }
        var receiver = options.receiver(bitDepth: source.bitDepth, channel: source.channel)
        receiver.security = keys.framesSecurity
        return { [receiver] taps, log in
            try FrameReceiver(receiver, context: context, recordings: taps, log: log)
        }
    }

    /// What accompanies detection, as far as the options ask for it, in the order in which it learns of events.
    private func parts(
        _ configuration: DetectionSession.Configuration,
        _ keys: KeyPlan,
        _ context: ZeroMQContext
    ) throws -> [any LivePart] {
        let security = keys.security
        let triggers = try options.triggers(for: configuration.settings.provisional, security, context)
        let drawn = try drawing.drawn(with: triggers?.rules)
        let regions = RegionPart(drawn, rules: triggers?.rules)
        let page = try page.part(
            model: detection.model,
            session: configuration,
            security: security,
            context: context,
            arm: { triggers?.arm($0.isArmed, rule: $0.rule) },
            draw: { [weak regions] in regions?.change($0) }
        )
        if page == nil { try triggers?.rules.checkDrawn(drawn) }
        let watchers: [(any RegionWatchingPart)?] = [triggers, page]
        regions.watched(by: watchers.compactMap(\.self))
        let parts: [(any LivePart)?] = [
            keys.part(context), ResumePart(folder: options.output), diskPart, triggers, try catchUp(security, context),
            try recording.recorder(largestFramePixels: options.largestFramePixels), try recording.clips(),
            try sound.part(), page, regions,
        ]
        return parts.compactMap(\.self)
    }

    /// Where a run writes to.
    private var diskPart: DiskPart {
        let folders: [(String, String?)] = [
            ("journal", options.output), ("recordings", recording.recordFolder), ("clips", recording.waveClips),
        ]
        return DiskPart(folders: folders.compactMap { name, path in path.map { (name: name, path: $0) } })
    }

    private func catchUp(_ security: SocketSecurity, _ context: ZeroMQContext) throws -> CatchUpPart? {
        try options.catchUp.map { endpoint in
            try CatchUpPart(endpoint: endpoint, folder: options.output, security: security, context: context)
        }
    }

    private func keyPlan() throws -> KeyPlan {
        try keys.plan(
            listening: [
                ("events", options.events), ("trigger control", options.triggerControl), ("marks", page.marks),
                ("catch-up", options.catchUp),
            ],
            listensForFrames: options.bindFrames ? options.frames : nil
        )
    }

    /// This command with the options of the configuration file, overridden by those of the command line.
    private func effective() throws -> (command: LiveCommand, sha256: String) {
        let own = Array(CommandLine.arguments.drop { $0 != Self.configuration.commandName }.dropFirst())
        guard let config else { return (self, Self.sha256(own)) }
        let file: OptionsFile
        do {
            file = try OptionsFile(URL(filePath: config), for: Self.self, without: ["config"])
        } catch {
            throw ValidationError(error.description)
        }
        do {
            _ = try LiveCommand.parse(file.arguments)
        } catch {
            throw ValidationError("\(config): \(LiveCommand.message(for: error))")
        }
        let arguments = file.arguments + own
        return (try LiveCommand.parse(arguments), Self.sha256(arguments))
    }

    private static func sha256(_ arguments: [String]) -> String {
        SHA256.hexDigest(of: Array(PublishedArguments.of(arguments).joined(separator: "\n").utf8))
    }
}

extension DetectorSettings {
    /// What is done instead where a model has nothing that tells waves early; nil if it has, or if that is not wanted.
    fileprivate func earlyNote(on model: Model) -> String? {
        guard provisional == .waves || provisional == .all, sideOutput(of: model) == nil else { return nil }
        return
            "The model has no layer that tells waves early: they are announced within a stride, from the full resolution. "
            + "`sparkwatch model early` fits one."
    }
}
