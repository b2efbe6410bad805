import ArgumentParser

/// `sparkwatch triggers`: rules that act on events.
struct TriggersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triggers",
        abstract: "Tries out trigger rules, and arms or disarms them while the detector runs.",
        subcommands: [TriggersTestCommand.self, TriggersTellCommand.self]
    )
}
