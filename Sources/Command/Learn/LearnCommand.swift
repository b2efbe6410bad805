import ArgumentParser
import Foundation
import Imaging

/// `sparkwatch learn`: from reviewed movies to a better model.
struct LearnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Makes a better model from reviewed movies, and proves it.",
        discussion: """
            FOLDER holds what `sparkwatch review` has written, or NAME_class_label.tif and NAME_event_label.tif that \
            somebody drew. The model in use is fine-tuned on it; cells are divided into halves, so that every cell is \
            judged by a model that has never seen it. Writes FOLDER/learned-DATE-TIME: model.safetensors, which tells its \
            history, report.md and report.json with F1 before and after and intervals over cells, and how many more \
            movies would help. Nothing that is there is changed; a model that is not better is never installed.

            Needs Python 3.11 or later. The packages for training are installed once, without CUDA unless there is an \
            NVIDIA GPU.
            """
    )

    @Argument(help: "Folder of reviewed movies; folders below are searched too.", completion: .directory)
    var folder: String

    @Option(help: "Model to start from (safetensors); default: the model in use.")
    var model: String?

    @Option(name: [.short, .long], help: "New folder for model and report; default: FOLDER/learned-DATE-TIME.")
    var output: String?

    @Option(
        parsing: .unconditional,
        help: "Time for all trainings together, in minutes; analysis and calibration come on top."
    )
    var minutes = 20.0

    @Option(
        help:
            "CSV table with the columns movie and cell; default: FOLDER/cells.csv, or every movie is a cell of its own.",
        completion: .file(extensions: ["csv"])
    )
    var cells: String?

    @Option(
        help: "Folder of reviewed movies of other cells, which only judge the new model.",
        completion: .directory
    )
    var heldOut: String?

    @Flag(inversion: .prefixedNo, help: "Find out how many more movies would help; two trainings of five.")
    var curve = true

    @Flag(help: "Make the new model the one in use if it is better; the former one is kept.")
    var install = false

    @Option(parsing: .unconditional, help: "Threads of analysis; default: one per core.")
    var threads: Int?

    @Option(parsing: .unconditional, help: "Seed of the random numbers.")
    var seed = 1

    @Option(help: "Python to train with, or to make the environment for training with.")
    var python = "python3"

    func validate() throws {
        try check(minutes, isBetween: 0.01, and: 1e5, named: "--minutes")
        try check(threads.map(Double.init), isBetween: 1, and: 1024, named: "--threads")
        try check(Double(seed), isBetween: 0, and: 2_147_483_648, named: "--seed")
    }

    func run() throws {
        let model = try InstalledFiles.modelFile(self.model)
        _ = try InstalledFiles.loadModel(model.path)
        let trainer = try InstalledFiles.trainer
        let program = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        var words = [
            trainer.path, "learn", folder, "--model", model.path,
            "--sparkwatch", program.resolvingSymlinksInPath().path, "--minutes", "\(minutes)", "--seed", "\(seed)",
        ]
        for (option, value) in [("--output", output), ("--cells", cells), ("--held-out", heldOut)] {
            if let value { words += [option, value] }
        }
        if let threads { words += ["--threads", "\(threads)"] }
        if !curve { words.append("--no-curve") }
        if install { words.append("--install") }
        throw SuccessorError(program: python, reason: Successor.run(python, words))
    }
}

/// A program that takes the place of this one: it has the terminal, its signals and its exit code.
private enum Successor {
    /// - Returns: Why it could not be started; else this does not return.
    static func run(_ program: String, _ arguments: [String]) -> String {
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        execvp(program, words)
        return String(cString: strerror(errno))
    }
}

/// Python could not be started.
private struct SuccessorError: Error, CustomStringConvertible {
    let program: String
    let reason: String

    var description: String {
        "\(program) cannot be started (\(reason)); install Python 3.11 or later, or name it with --python"
    }
}
