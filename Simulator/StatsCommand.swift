import ArgumentParser
import Foundation
import Imaging

/// `sparksim stats`: describes a set of annotated recordings beside the real ones.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Prints statistics of annotated recordings beside those of real ones.",
        discussion: """
            Reads every NN_video.tif with NN_class_label.tif and NN_event_label.tif of a folder, synthetic or real. \
            The real values are those published for 43 annotated recordings of mouse cardiomyocytes \
            (Cell Calcium 2024, 102893), or measured on figures of these.
            """
    )

    @Argument(help: "Folder of the recordings.")
    var folder: String

    @Option(
        help: ArgumentHelp(
            "What the numbers 1, 2, 3 of class masks mean; of masks with 2 puff, 3 wave: spark,puff,wave.",
            valueName: "names"
        ),
        transform: { try ClassOrder($0) }
    )
    var classOrder = ClassOrder.own

    func run() throws {
        let suffix = "_video.tif"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let prefixes = files.filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0.dropLast(suffix.count))" }.sorted()
        guard !prefixes.isEmpty else { throw StatisticsError.noRecordings(folder: folder) }
        var recordings: [RecordingStatistics] = []
        for (index, prefix) in prefixes.enumerated() {
            Terminal.showProgress("measuring recording \(index + 1) of \(prefixes.count)")
            recordings.append(
                try RecordingStatistics(
                    video: prefix + suffix,
                    classes: prefix + "_class_label.tif",
                    events: prefix + "_event_label.tif",
                    order: classOrder
                )
            )
        }
        Terminal.showProgress("")
        print(StatisticsTable(recordings).text)
    }
}

/// Statistics of a set, one quantity a line: 5th percentile, quartiles, 95th percentile, and the real value.
struct StatisticsTable {
    private let rows: [(name: String, values: [Double], real: String)]
    private let recordingCount: Int

    init(_ recordings: [RecordingStatistics]) {
        recordingCount = recordings.count
        func events(_ classValue: UInt8) -> [Double] {
            recordings.map { Double($0.eventCounts[classValue] ?? 0) * 1000 / Double($0.frameCount) }
        }
        func pooled(_ values: (RecordingStatistics) -> [Double]?) -> [Double] {
            recordings.flatMap { values($0) ?? [] }
        }
        func percent(_ classValue: UInt8) -> [Double] {
            recordings.compactMap { $0.prevalence[classValue].map { $0 * 100 } }
        }
        let total = recordings.reduce(0) { $0 + $1.eventCounts.values.reduce(0, +) }
        let undefined = recordings.reduce(0) { $0 + ($1.eventCounts[4] ?? 0) }
        rows = [
            ("SNR90", recordings.compactMap(\.signalToNoise), "1.1 to 7.5, median 3.0"),
            ("CV of bright pixels", recordings.map(\.brightVariation), "0.11 to 0.42"),
            ("cell above minimum, counts", recordings.map(\.cellCounts), "670 to 6250 (whole frame)"),
            ("cell coverage, %", recordings.map { $0.cellCoverage * 100 }, "40 to 75"),
            ("sparks per 1000 frames", events(1), "mean 39, most 228"),
            ("puffs per 1000 frames", events(3), "mean 8, most 52"),
            ("waves per 1000 frames", events(2), "mean 1.0, 37 % of movies"),
            ("undefined events, %", [100 * Double(undefined) / Double(max(total, 1))], "19"),
            ("spark duration, frames", pooled { $0.durations[1] }, "2 to 16, median 7"),
            ("puff duration, frames", pooled { $0.durations[3] }, "43 to 274"),
            ("spark area, px", pooled { $0.areas[1] }, "16 40 85 100 217"),
            ("puff area, px", pooled { $0.areas[3] }, "40 122 178 406 954"),
            ("wave area, px", pooled { $0.areas[2] }, "78 to 8905"),
            ("puff voxels, % (movies with)", percent(3), "mean 1.2"),
            ("wave voxels, % (movies with)", percent(2), "about 5"),
        ]
    }

    var text: String {
        var lines = ["\(recordingCount) recordings", ""]
        lines.append(Self.line("", ["mean", "5 %", "25 %", "50 %", "75 %", "95 %"], "real recordings"))
        for row in rows {
            guard !row.values.isEmpty else {
                lines.append(Self.line(row.name, Array(repeating: "-", count: 6), row.real))
                continue
            }
            let sorted = row.values.sorted()
            let mean = sorted.reduce(0, +) / Double(sorted.count)
            let percentiles = [0.05, 0.25, 0.5, 0.75, 0.95].map { sorted[Int($0 * Double(sorted.count - 1) + 0.5)] }
            lines.append(Self.line(row.name, ([mean] + percentiles).map(Self.short), row.real))
        }
        return lines.joined(separator: "\n")
    }

    private static func short(_ value: Double) -> String {
        String(format: abs(value) < 10 ? "%.2f" : "%.0f", value)
    }

    private static func line(_ name: String, _ cells: [String], _ real: String) -> String {
        let padded = cells.map { String(repeating: " ", count: max(0, 8 - $0.count)) + $0 }.joined()
        return name.padding(toLength: 30, withPad: " ", startingAt: 0) + padded + "   " + real
    }
}
