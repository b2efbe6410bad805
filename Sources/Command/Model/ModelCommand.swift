import ArgumentParser

/// `sparkwatch model`: what one can do with a file of weights.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Looks into files of weights and converts them.",
        subcommands: [ModelInspectCommand.self, ModelConvertCommand.self]
    )
}
