import ArgumentParser
import Detection
import Foundation
import Imaging
import Journal
import Movies
import UNet

/// `sparkwatch model early`: fits what tells events early.
struct ModelEarlyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "early",
        abstract: "Fits a layer that tells in the newest frames where waves begin.",
        discussion: """
            The layer reads the decoder's result of a coarse level; the weights of the network, and what it finds, stay as \
            they are. It is fitted to the first half of the recordings (NAME_video.tif or NAME.tif with \
            NAME_class_label.tif, as `sparksim synth` and annotators write them); on the other half the threshold is \
            chosen, so that nothing false is announced there. Without --recordings, simulated ones are made. Writes a small \
            file beside the weights, NAME-early.safetensors, which is loaded with them, or with --embed a new file of weights.
            """
    )

    @Argument(help: "Weights of the network (safetensors).", completion: .file(extensions: ["safetensors"]))
    var model: String

    @Argument(help: "The file to write; default: NAME-early.safetensors beside the weights.")
    var output: String?

    @Option(help: "Folder of labelled recordings; default: simulated ones.", completion: .directory)
    var recordings: String?

    @OptionGroup
    var order: ClassOrderOptions

    @Option(parsing: .unconditional, help: "Simulated recordings to make; half of them hold waves.")
    var simulated = 48

    @Option(parsing: .unconditional, help: "Seed of the simulated recordings.")
    var seed = 71

    @Option(parsing: .upToNextOption, help: "Classes to tell: wave, puff.")
    var classes = [EventClass.wave]

    @Option(
        parsing: .unconditional,
        help: "Level of the network that the layer reads; default: 3, or the last but one."
    )
    var level: Int?

    @Option(parsing: .unconditional, help: "The coarsest level that is computed for it; default: two levels on.")
    var coarsestLevel: Int?

    @Option(parsing: .unconditional, help: "Newest frames that these levels see.")
    var earlyWindow = 64

    @Flag(help: "Write a file of weights with the layer in it.")
    var embed = false

    @Flag(help: "Replace the file if it exists.")
    var replace = false

    @Option(parsing: .unconditional, help: "Threads that compute the network; default: one per core.")
    var threads: Int?

    func validate() throws {
        try check(Double(simulated), isBetween: 8, and: 1000, named: "--simulated")
        try check(threads.map(Double.init), isBetween: 1, and: 1024, named: "--threads")
        if classes.contains(.spark) || Set(classes).count != classes.count {
            throw ValidationError("--classes takes wave and puff, each once; sparks are too small for a coarse level.")
        }
        if embed, output == nil {
            throw ValidationError("--embed writes a file of weights; name it as second argument.")
        }
    }

    func run() throws {
        let weights = URL(filePath: model)
        let network = try InstalledFiles.loadModel(model)
        let target = output.map { URL(filePath: $0) } ?? SideOutput.file(beside: weights)
        guard replace || !FileManager.default.fileExists(atPath: target.path) else {
            throw ValidationError("\(target.path) exists; give another name as second argument, or --replace.")
        }
        let source = try labelledRecordings()
        defer { source.cleanUp() }
        var fitting = try EarlyFitting(
            model: network,
            place: place(in: network.shape),
            classes: classes.compactMap { NetworkClass(rawValue: Int($0.rawValue)) },
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        )
        let side = try fitting.fit(to: source)
        try OutputFolder.make(target.deletingLastPathComponent())
        let data = embed ? try side.data(addedTo: weights) : side.data(for: network)
        try data.write(to: target, options: .atomic)
        fitting.summary.forEach { print($0) }
        print("\(target.path) written: \(data.count) bytes")
    }

    private func place(in shape: UNetShape) -> SideOutput.Place {
        let level = level ?? min(3, shape.steps - 1)
        return SideOutput.Place(
            level: level,
            coarsestLevel: coarsestLevel ?? min(level + 2, shape.steps),
            windowFrameCount: earlyWindow
        )
    }

    private func labelledRecordings() throws -> any RecordingSource {
        if let recordings { return try RecordingFolder(URL(filePath: recordings), order: order.classOrder) }
        return try SimulatedRecordings(count: simulated, seed: seed)
    }
}

extension EventClass: ExpressibleByArgument {
    public init?(argument: String) {
        guard let found = EventClass.allCases.first(where: { $0.name == argument }) else { return nil }
        self = found
    }

    public var defaultValueDescription: String { name }

    public static var allValueStrings: [String] { allCases.map(\.name) }
}
