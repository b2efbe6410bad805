import ArgumentParser

@main
struct SparkwatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparkwatch",
        abstract: "Finds calcium sparks, puffs and waves while the microscope is running.",
        subcommands: [ModelCommand.self]
    )
}
