import ArgumentParser
import Imaging

@main
struct SparksimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparksim",
        abstract: "Makes synthetic calcium recordings and plays movies as a microscope would.",
        version: SparkwatchVersion.current,
        subcommands: [SynthCommand.self, PlayCommand.self, StatsCommand.self]
    )
}
