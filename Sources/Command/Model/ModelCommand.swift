import ArgumentParser

/// `sparkwatch model`: what one can do with a file of weights.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Looks into files of weights, converts them and fits what tells events early.",
        subcommands: [ModelInspectCommand.self, ModelConvertCommand.self, ModelEarlyCommand.self]
    )
}
