import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies

/// Labelled recordings, one after the other.
protocol RecordingSource: AnyObject {
    var count: Int { get }
    /// Where they are from, in words.
    var description: String { get }
    /// Counts on the 16-bit scale, `[t][y][x]`, and labels.
    func recording(_ index: Int) throws -> (counts: [Float], labels: RecordingLabels)
    /// Takes away what was made.
    func cleanUp()
}

/// Recordings in a folder, in alphabetical order.
final class RecordingFolder: RecordingSource {
    private let folder: URL
    private let names: [String]
    private let order: ClassOrder

    private static let suffix = "_class_label.tif"

    /// - Parameters:
    ///   - folder: Where they are.
    ///   - order: Which number of their class masks means which class.
    /// - Throws: `ValidationError` if the folder holds fewer than two labelled recordings.
    init(_ folder: URL, order: ClassOrder) throws {
        self.folder = folder
        self.order = order
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        names = files.filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }.sorted()
        guard names.count > 1 else {
            throw ValidationError(
                "\(folder.path) holds \(names.count) files NAME_class_label.tif; give two recordings or more with labels."
            )
        }
    }

    var count: Int { names.count }
    var description: String { "\(names.count) recordings of \(folder.lastPathComponent)" }

    func recording(_ index: Int) throws -> (counts: [Float], labels: RecordingLabels) {
        try Self.recording(names[index], in: folder, order: order)
    }

    func cleanUp() {}

    static func recording(
        _ name: String,
        in folder: URL,
        order: ClassOrder = .own
    ) throws -> (counts: [Float], labels: RecordingLabels) {
        let candidates = ["\(name)_video.tif", "\(name).tif"].map { folder.appending(path: $0).path }
        guard let path = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
            throw ValidationError(
                "\(folder.path) holds \(name)\(suffix), but neither \(name)_video.tif nor \(name).tif."
            )
        }
        let movie = try TIFFMovie(path: path)
        let labels = try TIFFMovie(path: folder.appending(path: name + suffix).path)
        guard labels.size == movie.size, labels.frameCount == movie.frameCount else {
            throw ValidationError(
                "\(labels.path) has \(labels.frameCount) frames of \(labels.size), but \(path) \(movie.frameCount) of "
                    + "\(movie.size); give labels of the same movie."
            )
        }
        let frames = 0..<movie.frameCount
        let scaling = try MovieScaling(of: movie, option: nil).scaling
        let classes = try frames.map { order.own(try labels.labels(frames: $0..<$0 + 1)) }
        if let doubt = ClassShapes(ofFrames: classes, size: movie.size).doubt(movie.calibration.ifKnown) {
            Notes.write(order.remark(doubt, on: labels.path, option: ClassOrderOptions.name))
        }
        return (
            try movie.counts(frames: frames, scaledBy: scaling),
            RecordingLabels(size: movie.size, values: classes.flatMap { $0.map { UInt8(clamping: $0) } })
        )
    }
}

/// Recordings that the simulator beside this program makes, each when it is needed.
final class SimulatedRecordings: RecordingSource {
    let count: Int
    private let seed: Int
    private let simulator: URL
    private let folder: URL

    /// Longer than the first window, so that there are looks before and after it.
    private static let frameCount = 500

    /// - Throws: `ValidationError` if there is no simulator.
    init(count: Int, seed: Int) throws {
        self.count = count
        self.seed = seed
        let program = (Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])).resolvingSymlinksInPath()
        simulator = program.deletingLastPathComponent().appending(path: "sparksim")
        guard FileManager.default.isExecutableFile(atPath: simulator.path) else {
            throw ValidationError("\(simulator.path) is missing; give recordings with --recordings.")
        }
        folder = FileManager.default.temporaryDirectory.appending(path: "sparkwatch-early-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    var description: String { "simulated, seed \(seed)" }

    func recording(_ index: Int) throws -> (counts: [Float], labels: RecordingLabels) {
        // Kinds come in pairs: one of each is fitted to, the other kept apart. Half of them hold waves.
        let events = ["waves", "any", "waves", "no-waves"][index / 2 % 4]
        let process = Process()
        process.executableURL = simulator
        process.arguments = [
            "synth", "--output", folder.path, "--first-number", "\(index + 1)", "--frames", "\(Self.frameCount)",
            "--events", events, "--seed", "\(seed)",
        ]
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let message = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(simulator.path) made no recording: \(String(decoding: message, as: UTF8.self))")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        defer { for file in files { try? FileManager.default.removeItem(at: folder.appending(path: file)) } }
        guard let label = files.first(where: { $0.hasSuffix("_class_label.tif") }) else {
            throw ValidationError("\(simulator.path) wrote no labels to \(folder.path).")
        }
        return try RecordingFolder.recording(String(label.dropLast("_class_label.tif".count)), in: folder)
    }

    func cleanUp() { try? FileManager.default.removeItem(at: folder) }
}
