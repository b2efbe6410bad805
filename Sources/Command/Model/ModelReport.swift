import Foundation
import Imaging
import UNet

/// What a file of weights holds; the names are those of the metadata in the file where it has them.
struct ModelReport: Encodable {
    var file: String
    var sha256: String?
    var steps: Int
    var firstLayerChannels: Int
    var inputChannels: Int
    var classes: [String]
    var parameterCount: Int
    var elementTypes: [String]
    var window: Int
    var stride: Int
    var ignoredFrames: Int
    var pixelSizeMicrometres: Double
    var frameIntervalMilliseconds: Double
    var normalisation: String
    var liveThreshold: Double?
    var training: String?
    var history: [Step]
    var sourceSHA256: String?
    var early: Early?

    private enum CodingKeys: String, CodingKey {
        case file
        case sha256 = "model_sha256"
        case steps
        case firstLayerChannels = "first_layer_channels"
        case inputChannels = "input_channels"
        case classes
        case parameterCount = "parameter_count"
        case elementTypes = "element_types"
        case window
        case stride
        case ignoredFrames = "ignore_frames"
        case pixelSizeMicrometres = "pixel_size_um"
        case frameIntervalMilliseconds = "frame_interval_ms"
        case normalisation
        case liveThreshold = "live_threshold"
        case training, history
        case sourceSHA256 = "source_sha256"
        case early
    }

    /// A step in which the model came about.
    struct Step: Codable {
        var date: String?
        var text: String

        /// Those of metadata, oldest first; none where they are not understood.
        static func all(_ json: String?) -> [Step] {
            json.flatMap { try? PlainJSON.decode([Step].self, from: Data($0.utf8)) } ?? []
        }
    }

    /// The layer that tells events early.
    struct Early: Encodable {
        var level: Int
        var coarsestLevel: Int
        var window: Int
        var classes: [String]
        var thresholds: [Float]
        var smallestPixels: [Int]
        var training: String?

        private enum CodingKeys: String, CodingKey {
            case level, window, classes, thresholds, training
            case coarsestLevel = "coarsest_level"
            case smallestPixels = "smallest_pixels"
        }

        init(_ output: SideOutput) {
            level = output.place.level
            coarsestLevel = output.place.coarsestLevel
            window = output.place.windowFrameCount
            classes = output.classNames
            thresholds = output.units.map(\.threshold)
            smallestPixels = output.units.map(\.smallestPixelCount)
            training = output.training
        }

        var text: String {
            let units = classes.indices.map {
                "\(classes[$0])s above \(thresholds[$0]), from \(smallestPixels[$0]) pixels"
            }
            return
                "\(units.joined(separator: "; ")); level \(level), with levels up to \(coarsestLevel) over the newest \(window) frames"
        }
    }

    init(_ model: Model, path: String) {
        file = path
        sha256 = model.sha256
        steps = model.shape.steps
        firstLayerChannels = model.shape.firstLayerChannels
        inputChannels = model.shape.inputChannels
        classes = ModelMetadata.classes
        parameterCount = model.shape.parameterCount
        elementTypes = model.elementTypes.map(\.rawValue)
        window = model.metadata.window
        stride = model.metadata.stride
        ignoredFrames = model.metadata.ignoredFrames
        pixelSizeMicrometres = model.metadata.pixelSizeMicrometres
        frameIntervalMilliseconds = model.metadata.frameIntervalMilliseconds
        normalisation = model.metadata.normalisation.rawValue
        liveThreshold = model.metadata.liveThreshold
        training = model.metadata.training
        history = Step.all(model.metadata.history)
        sourceSHA256 = model.metadata.sourceSHA256
        early = model.sideOutput.map(Early.init)
    }

    /// What a checkpoint would hold once converted.
    init(_ checkpoint: TorchCheckpoint, key: String?, path: String) throws {
        self.init(try CheckpointConversion(checkpoint, key: key).model, path: path)
        sha256 = checkpoint.sha256
        sourceSHA256 = nil
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func table() -> String {
        var rows: [(name: String, value: String)] = [
            ("file", file),
            ("SHA-256", sha256 ?? "none"),
            ("network", "\(steps) steps, \(firstLayerChannels) first channels"),
            ("classes", classes.joined(separator: ", ")),
            ("parameters", "\(parameterCount), stored as \(elementTypes.joined(separator: ", "))"),
            ("window", "\(window) frames, stride \(stride)"),
            ("left out", "\(ignoredFrames) frames at each end of a window, in training"),
            ("pixel size", "\(pixelSizeMicrometres) µm"),
            ("frame interval", "\(frameIntervalMilliseconds) ms"),
            ("normalisation", normalisation),
            ("live threshold", liveThreshold.map { "\($0)" } ?? "none"),
            ("training", training ?? "not described"),
        ]
        for (index, step) in history.enumerated() { rows.append(("step \(index + 1)", step.text)) }
        rows += [
            ("early", early?.text ?? "no layer that tells events early; `sparkwatch model early` fits one"),
            ("early training", early?.training ?? "none"),
            ("converted from", sourceSHA256.map { "SHA-256 \($0)" } ?? "no other file"),
        ]
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value
        }.joined(separator: "\n")
    }
}
