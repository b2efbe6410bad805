import ArgumentParser
import Streams

@main
struct SparkwatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparkwatch",
        abstract: "Finds calcium sparks, puffs and waves while the microscope is running.",
        version: SparkwatchVersion.current,
        subcommands: [
            LiveCommand.self, AnalyzeCommand.self, MeasureCommand.self, AnnotateCommand.self, ScoreCommand.self,
            TriggersCommand.self,
            ModelCommand.self,
            BenchCommand.self,
        ]
    )
}
