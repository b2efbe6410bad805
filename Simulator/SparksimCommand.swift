import ArgumentParser

@main
struct SparksimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparksim",
        abstract: "Makes synthetic calcium recordings and plays movies as a microscope would.",
        subcommands: [SynthCommand.self, PlayCommand.self, StatsCommand.self]
    )
}
