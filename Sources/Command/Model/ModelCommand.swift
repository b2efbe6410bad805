import ArgumentParser

/// `sparkwatch model`: what one can do with a file of weights.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Looks into files of weights, converts them, fits what tells events early, chooses the one in use.",
        subcommands: [ModelInspectCommand.self, ModelConvertCommand.self, ModelEarlyCommand.self, ModelUseCommand.self]
    )
}
