import ArgumentParser
import Foundation
import Imaging

@main
struct SparkwatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparkwatch",
        abstract: "Finds calcium sparks, puffs and waves while the microscope is running.",
        version: SparkwatchVersion.current,
        subcommands: [
            LiveCommand.self, AnalyzeCommand.self, MeasureCommand.self, AnnotateCommand.self, ReviewCommand.self,
            LearnCommand.self, CertifyCommand.self, ScoreCommand.self, DoctorCommand.self, TriggersCommand.self,
            JournalCommand.self,
            KeysCommand.self, ModelCommand.self, BenchCommand.self,
        ]
    )

    static func main() {
        if let text = CommandSuggestion.text(for: Array(CommandLine.arguments.dropFirst()), of: self) {
            Notes.write(text)
            Foundation.exit(ExitCode.validationFailure.rawValue)
        }
        main(nil)
    }

    func validate() throws {
        let known = ["portable", "avx2", "avx512"]
        guard let cap = ProcessInfo.processInfo.environment["SPARKWATCH_ISA"], !known.contains(cap) else { return }
        let choices = known.joined(separator: ", ")
        throw ValidationError("SPARKWATCH_ISA is '\(cap)'; set it to one of \(choices), or not at all.")
    }
}
