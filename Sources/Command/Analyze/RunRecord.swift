import Detection
import Foundation
import Imaging
import Movies
import Session
import UNet
import Wire

/// What was done with what, and what came of it: `NAME_run.json`.
struct RunRecord: Codable {
    static let format = "sparkwatch-run-1"

    var format = Self.format
    let setup: RunSetup
    let outcome: Outcome
    /// Instruction set and processor.
    let instructionSet: String
    let processor: String
    let finished: String
    /// How the movie is recorded; nil in records of old, and if it is too short to tell.
    let examination: ExaminationMessage?
    /// What a person should know about the file and its calibration.
    let remarks: [String]

    struct Outcome: Codable {
        let frameCount: Int
        /// Frames without light, which F0 leaves out.
        let framesWithoutLight: Int
        /// Number of events by class.
        let events: [String: Int]
        /// The threshold on the total event probability; that of the last frames if it ran.
        let threshold: Double?
        /// Area of all cells and how often they had events.
        let cell: CellActivityMessage?
        /// The same of every cell.
        let cells: [CellActivityMessage]
        /// How the cell moved; nil if that was not looked for.
        let movement: Movement?
        let seconds: Double

        private enum CodingKeys: String, CodingKey {
            case frameCount = "frames"
            case framesWithoutLight = "frames_without_light"
            case events, threshold, cell, cells, movement, seconds
        }

        var text: String {
            let counts = EventClass.allCases.map { "\(events[$0.name] ?? 0) \($0.name)s" }
            var text = "\(counts.joined(separator: ", ")) in \(frameCount) frames"
            if cells.count > 1 { text += ", \(cells.count) cells" }
            guard let movement, movement.undoneFrameCount > 0 else { return text }
            let largest = String(format: "%.1f", movement.largestShiftMicrometres)
            return "\(text), movement of up to \(largest) µm undone in \(movement.undoneFrameCount) of them"
        }

        var speedText: String { String(format: "%.1f s, %.1f frame/s", seconds, Double(frameCount) / seconds) }
    }

    /// How the cell moved.
    struct Movement: Codable {
        let undoneFrameCount: Int
        /// Frames with movement that cannot be undone.
        let unsteadyFrameCount: Int
        let largestShiftMicrometres: Double

        private enum CodingKeys: String, CodingKey {
            case undoneFrameCount = "frames_undone"
            case unsteadyFrameCount = "frames_with_motion_left"
            case largestShiftMicrometres = "largest_shift_um"
        }

        init?(_ summary: MovementSummary, calibration: Calibration) {
            guard summary.frameCount > 0 else { return nil }
            undoneFrameCount = summary.undoneFrameCount
            unsteadyFrameCount = summary.unsteadyFrameCount
            largestShiftMicrometres =
                (summary.largestShiftPixels * calibration.pixelSizeMicrometres * 1000).rounded() / 1000
        }
    }

    init(
        setup: RunSetup,
        outcome: Outcome,
        device: DeviceDescription,
        examination: ExaminationMessage?,
        remarks: [String]
    ) {
        self.setup = setup
        self.outcome = outcome
        instructionSet = device.instructionSet
        processor = device.processor
        finished = Date().formatted(.iso8601)
        self.examination = examination
        self.remarks = remarks
    }

    private enum CodingKeys: String, CodingKey {
        case format, setup, outcome, processor, finished, examination, remarks
        case instructionSet = "isa"
    }
}

/// Everything that decides what the results of a movie are; equal setups give equal results.
struct RunSetup: Codable, Equatable {
    let softwareVersion: String
    let movie: Movie
    /// SHA-256 of the weights; nil if the probabilities came from elsewhere.
    let modelSHA256: String?
    let configuration: Configuration
    let calibration: CalibrationRecord
    /// What divides the movie into phases.
    let marks: [MovieMarks.Mark]
    /// What was drawn; nil in records of old.
    let regions: [DrawnRegion]?
    /// Endings of the files' names.
    private let outputNames: [String]

    var outputs: [ResultFiles.Kind] { outputNames.compactMap(ResultFiles.Kind.init) }

    struct Movie: Codable, Equatable {
        let path: String
        let byteCount: Int
        let modified: String
        let frameCount: Int
        let height: Int
        let width: Int
        let pixelType: String

        private enum CodingKeys: String, CodingKey {
            case path, modified, height, width
            case byteCount = "bytes"
            case frameCount = "frames"
            case pixelType = "pixel_type"
        }
    }

    struct Configuration: Codable, Equatable {
        let mode: String
        let threshold: String
        let window: Int
        let stride: Int
        /// More than 1 where frames of a slow camera were interpolated.
        let networkFramesPerFrame: Int
        let algorithm: String
        let darkLevelCounts: Double?
        /// What counts are multiplied by to fill 16 bits.
        let countScale: Double
        let longestEventFrames: Int
        let provisional: String
        let stabilize: String
        /// File of the cell mask that was given.
        let cellMask: String?
        /// The channel that was asked for.
        let channel: String?
        /// Folder of the probability maps that were started from.
        let probabilities: String?

        private enum CodingKeys: String, CodingKey {
            case mode, threshold, window, stride, algorithm, probabilities, provisional, stabilize, channel
            case cellMask = "cell_mask"
            case networkFramesPerFrame = "network_frames_per_frame"
            case darkLevelCounts = "dark_level_counts"
            case countScale = "count_scale"
            case longestEventFrames = "longest_event_frames"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case movie, configuration, calibration, marks, regions
        case softwareVersion = "software_version"
        case modelSHA256 = "model_sha256"
        case outputNames = "outputs"
    }

    /// - Throws: A file error if the movie's size or date cannot be read.
    init(
        movie: borrowing TIFFMovie,
        model: Model,
        settings: DetectorSettings,
        networkFramesPerFrame: Int,
        scaling: PixelScaling,
        calibration: CalibrationChoice,
        marks: MovieMarks,
        regions: [DrawnRegion],
        source: SourceOptions,
        options: AnalysisOptions
    ) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: movie.path)
        softwareVersion = SparkwatchVersion.current
        self.movie = Movie(
            path: URL(filePath: movie.path).standardizedFileURL.path,
            byteCount: (attributes[.size] as? Int) ?? 0,
            modified: (attributes[.modificationDate] as? Date)?.formatted(.iso8601) ?? "",
            frameCount: movie.frameCount,
            height: movie.size.height,
            width: movie.size.width,
            pixelType: movie.pixelType.rawValue
        )
        modelSHA256 = options.probabilities == nil ? model.sha256 : nil
        configuration = Configuration(
            mode: options.streaming ? "streaming" : options.probabilities == nil ? "whole_movie" : "probabilities",
            threshold: Self.text(of: settings.threshold, isStreaming: options.streaming),
            window: settings.window,
            stride: settings.stride,
            networkFramesPerFrame: networkFramesPerFrame,
            algorithm: settings.algorithm.rawValue,
            darkLevelCounts: settings.darkLevelCounts.map(Double.init),
            countScale: Double(scaling.factor),
            longestEventFrames: settings.instanceLimits.frameCount,
            provisional: settings.provisional.rawValue,
            stabilize: options.probabilities == nil ? settings.stabilisation.rawValue : "off",
            cellMask: source.cellMask,
            channel: source.channel,
            probabilities: options.probabilities
        )
        self.calibration = CalibrationRecord(calibration)
        self.marks = marks.marks
        self.regions = regions.isEmpty ? nil : regions
        let masks: [ResultFiles.Kind] = options.masks ? [.classes, .instances] : []
        let maps: [ResultFiles.Kind] = options.writeProbabilities ? [.sparks, .waves, .puffs] : []
        let report: [ResultFiles.Kind] = options.report ? [.report] : []
        let journal: [ResultFiles.Kind] = settings.provisional == .off ? [] : [.journal]
        let movement: [ResultFiles.Kind] = configuration.stabilize == "off" ? [] : [.movement]
        let drawn: [ResultFiles.Kind] = regions.isEmpty ? [] : [.regions]
        outputNames = (masks + maps + [.table, .cells, .sites] + drawn + [.events] + movement + journal + report).map(
            \.rawValue
        )
    }

    private static func text(of threshold: ThresholdPolicy, isStreaming: Bool) -> String {
        switch threshold {
        case .fixed(let value): "\(value)"
        case .runningOtsu(let floor): isStreaming ? "otsu of the frames so far, at least \(floor)" : "otsu"
        }
    }
}

/// Pixel size and frame interval of a movie, and where each came from.
struct CalibrationRecord: Codable, Equatable {
    let pixelSize: Value
    let frameInterval: Value

    struct Value: Codable, Equatable {
        let value: Double
        let origin: String
        /// True if nobody stated it.
        let assumed: Bool

        init(_ value: CalibrationChoice.Value) {
            self.value = value.value
            origin = value.origin
            assumed = value.isAssumed
        }
    }

    private enum CodingKeys: String, CodingKey {
        case pixelSize = "pixel_size_um"
        case frameInterval = "frame_interval_ms"
    }

    init(_ choice: CalibrationChoice) {
        pixelSize = Value(choice.pixelSize)
        frameInterval = Value(choice.frameInterval)
    }
}
