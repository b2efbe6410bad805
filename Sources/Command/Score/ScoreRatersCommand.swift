import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies
import Scoring

/// `sparkwatch score raters`: Table 4 and Figure 6 of the paper.
struct ScoreRatersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raters",
        abstract: "Measures how well experts agree, with each other and with the model.",
        discussion: """
            Reads one class mask per expert, all of the same frames (0 background, 1 spark, 2 wave, 3 puff, 4 \
            undefined: such pixels are left out for all). Prints Fleiss' kappa of the experts and, with --model, Cohen's kappa of each rater against the majority of the \
            others, and the Kruskal-Wallis test of whether the raters differ. Every frame counts by itself. The model \
            is compared with the majority of all experts; 'included' means that it joins the majority that experts are \
            compared with.
            """
    )

    @Argument(help: "Class masks of the experts, at least two.")
    var experts: [String]

    @Option(help: "Class mask of the model.")
    var model: String?

    @OptionGroup
    var order: ClassOrderOptions

    @Option(
        help: ArgumentHelp("The same for the mask of --model.", valueName: "names"),
        transform: { try ClassOrder($0) }
    )
    var predictionClassOrder = ClassOrder.own

    @Option(help: "Also write the figures to this JSON file.")
    var json: String?

    func validate() throws {
        guard experts.count >= 2 else { throw ValidationError("agreement needs at least two experts, not one") }
    }

    func run() throws {
        let masks = try experts.map { try Self.frames($0, order.classOrder, option: ClassOrderOptions.name) }
        let agreement = try RaterAgreement(
            experts: masks,
            model: model.map { try Self.frames($0, predictionClassOrder, option: ClassOrderOptions.predictionName) }
        )
        print(RaterTables(agreement, experts: experts.map(Self.name), model: model.map(Self.name)).text)
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf",
                negativeInfinity: "-inf",
                nan: "nan"
            )
            try encoder.encode(agreement).write(to: URL(filePath: json), options: .atomic)
        }
    }

    /// The labels of a mask in our numbers, `[frame][pixel]`.
    private static func frames(_ path: String, _ order: ClassOrder, option: String) throws -> [[UInt32]] {
        let movie = try TIFFMovie(path: path)
        let frames = try (0..<movie.frameCount).map { order.own(try movie.labels(frames: $0..<$0 + 1)) }
        if let doubt = ClassShapes(ofFrames: frames, size: movie.size)
            .doubt(movie.calibration.ifKnown)
        {
            Notes.write(order.remark(doubt, on: path, option: option))
        }
        return frames
    }

    private static func name(_ path: String) -> String { URL(filePath: path).deletingPathExtension().lastPathComponent }
}

/// The agreement of raters as text for a terminal.
struct RaterTables {
    private let agreement: RaterAgreement
    private let raters: [String]

    private static let columnWidth = 12

    init(_ agreement: RaterAgreement, experts: [String], model: String?) {
        self.agreement = agreement
        raters = experts + (model.map { [$0] } ?? [])
    }

    var text: String {
        let nameWidth = max(24, (raters.map(\.count).max() ?? 0) + 4)
        func line(_ title: String, _ cells: [String]) -> String {
            cells.reduce(title.padding(toLength: nameWidth, withPad: " ", startingAt: 0)) { line, cell in
                line + String(repeating: " ", count: max(1, Self.columnWidth - cell.count)) + cell
            }
        }
        var lines = [line("Fleiss' kappa", ["mean", "lowest", "highest"])]
        lines.append(line("  experts", Self.summary(agreement.fleiss)))
        for (title, comparison) in [
            ("model excluded", agreement.modelExcluded), ("model included", agreement.modelIncluded),
        ] {
            guard let comparison else { continue }
            lines += ["", line("Cohen's kappa, \(title)", ["mean", "lowest", "highest"])]
            lines += zip(raters, comparison.cohen).map { line("  " + $0, Self.summary($1)) }
            let test = comparison.kruskalWallis
            lines.append(
                test.p.isNaN
                    ? "  Kruskal-Wallis: unknown, because kappas are"
                    : String(format: "  Kruskal-Wallis H = %.4f, p = %.4f", test.h, test.p)
            )
        }
        let silent = agreement.fleiss.count { $0.isNaN }
        if silent > 0 {
            lines.append(
                "In \(silent) of \(agreement.fleiss.count) frames all experts name one class only: no kappa, left out of the means."
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func summary(_ kappas: [Double]) -> [String] {
        let known = kappas.filter { !$0.isNaN }
        guard let lowest = known.min(), let highest = known.max() else { return ["-", "-", "-"] }
        return [known.reduce(0, +) / Double(known.count), lowest, highest].map { String(format: "%.4f", $0) }
    }
}
