import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies
import Session
import Triggers
import UNet
import Wire

/// `sparkwatch triggers test`: what rules would have done in recordings.
struct TriggersTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Tells what rules would have done in recorded movies or journals.",
        discussion: """
            Movies (TIFF) are treated frame by frame as `live` would; journals (JSON lines, from `live` or `analyze \
            --streaming`) are read as they are, which takes no time, with the regions that were drawn. No action is carried out. Printed is what would \
            have fired, how late after the first frame of the event (time of the recording, without computing), what \
            became of the event, and what was suppressed and why.
            """
    )

    @Argument(help: "Trigger rules (JSON5), like Config/triggers.json5.")
    var rules: String

    @Argument(help: "TIFF movies, or journals (.jsonl).")
    var recordings: [String]

    @Option(help: "Write all decisions to this file, as JSON lines.")
    var json: String?

    @OptionGroup var drawing: RegionOptions

    @OptionGroup(title: "Detection options")
    var detection: DetectionOptions

    func run() throws {
        let rules = try TriggerRules(URL(filePath: self.rules))
        let regions = try drawing.drawn(with: rules)
        var lines = Data()
        var total = TriggerTally()
        for path in recordings {
            let name = URL(filePath: path).deletingPathExtension().lastPathComponent
            let trial = TriggerTrial(rules, regions: regions)
            if path.hasSuffix(".jsonl") {
                let unannounced = try trial.takeJournal(path: path)
                for eventClass in unannounced where rules.needsProvisional(eventClass) {
                    print(
                        "\(name): holds no provisional \(eventClass.name)s, which a rule waits for. "
                            + "Was it made with --provisional off?"
                    )
                }
                for (rule, region) in rules.missing(in: trial.drawn) {
                    print(
                        "\(name): no region '\(region)' was drawn, which rule '\(rule)' names. Give it with --regions, or "
                            + "under `regions` in the file of the rules."
                    )
                }
            } else {
                try rules.checkDrawn(regions)
                try takeMovie(path, named: name, trial, rules)
            }
            print("\(name): \(trial.tally.text)")
            for decision in trial.decisions { print("  " + decision.text) }
            for decision in trial.decisions { lines += try line(for: decision, in: name) }
            total.add(trial.tally)
        }
        if recordings.count > 1 { print("all \(recordings.count): \(total.text)") }
        if let json { try lines.write(to: URL(filePath: json)) }
    }

    private func takeMovie(_ path: String, named name: String, _ trial: TriggerTrial, _ rules: TriggerRules) throws {
        let model = try InstalledFiles.loadModel(detection.model)
        let configuration = try detection.session(with: model, defaultProvisional: .waves)
        try configuration.settings.provisional.checkAnnounces(for: rules)
        let movie = try detection.source.movie(path)
        let scaled = try detection.source.scaling(of: movie)
        let choice = detection.source.calibration(of: movie, model: configuration.model.metadata.calibration)
        for remark in movie.remarks + choice.remarks + scaled.remarks { Notes.write("\(name): \(remark)") }
        let session = DetectionSession(configuration: configuration, sink: trial)
        let progress = ProgressLine(name: name, total: movie.frameCount, unit: "frames")
        try session.takeMovie(movie, name: name, scaling: scaled.scaling) { progress.show($0) }
        progress.finish()
    }

    private func line(for decision: TriggerDecision, in name: String) throws -> Data {
        struct Line<Message: WireMessage>: Encodable {
            let recording: String
            let message: Message

            enum CodingKeys: String, CodingKey { case recording, topic }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(recording, forKey: .recording)
                try container.encode(message.topic, forKey: .topic)
                try message.encode(to: encoder)
            }
        }
        func encoded(_ message: some WireMessage) throws -> Data {
            try PlainJSON.encode(Line(recording: name, message: message)) + Data("\n".utf8)
        }
        return try encoded(decision.message)
    }
}

extension ProvisionalPolicy {
    /// Refuses rules that wait for events that are never announced.
    ///
    /// - Throws: `TriggerError`
    func checkAnnounces(for rules: TriggerRules) throws(TriggerError) {
        for eventClass in EventClass.allCases where rules.needsProvisional(eventClass) && !classes.contains(eventClass)
        {
            throw .notAnnounced(eventClass: eventClass.name)
        }
    }
}
