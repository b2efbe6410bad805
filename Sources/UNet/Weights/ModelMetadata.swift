import Imaging

/// What a file of weights says about itself beside its tensors.
///
/// Every entry is optional; what is missing has the value of the published network. The keys of the file's
/// `__metadata__` (all values are text; other keys are ignored):
///
/// | key | value | if missing |
/// |---|---|---|
/// | `format` | `sparkwatch-unet-1`; `pt`, as PyTorch tools write it, says nothing | |
/// | `classes` | names of the channels of the result: `background,spark,wave,puff` | that |
/// | `steps` | pooling steps; must agree with the tensors | from the tensors |
/// | `first_layer_channels` | channels of level 0; must agree with the tensors | from the tensors |
/// | `window` | frames of a window | 256 |
/// | `stride` | frames from one window to the next | 32 |
/// | `ignore_frames` | frames at each end of a window that training left out | 6 |
/// | `pixel_size_um` | distance of pixels in the training movies, µm | 0.2 |
/// | `frame_interval_ms` | time between frames in the training movies, ms | 6.8 |
/// | `normalisation` | `abs_max`: (counts - minimum) / (65535 - minimum) | `abs_max` |
/// | `live_threshold` | smallest sum of the event probabilities of an event, 0 to 1 | none |
/// | `training` | how the network was trained, free text | none |
/// | `history` | steps in which it came about, JSON: `[{"date":"2026-11-30","text":"fine-tuned from ..."}]` | none |
/// | `source_sha256` | SHA-256 of the file that the weights were converted from | none |
///
/// Those of a side output are in ``SideOutput``.
package struct ModelMetadata: Hashable, Sendable {
    /// Frames of a window.
    package var window = 256
    /// Frames from the start of one window to that of the next.
    package var stride = 32
    /// Frames at each end of a window whose results were left out of the training loss.
    package var ignoredFrames = 6
    /// Distance of neighbouring pixels in the training movies, in µm.
    package var pixelSizeMicrometres = 0.2
    /// Time from one frame to the next in the training movies, in ms.
    package var frameIntervalMilliseconds = 6.8
    package var normalisation = Normalisation.absoluteMaximum
    /// Voxels with a larger sum of event probabilities belong to events; nil if never calibrated.
    package var liveThreshold: Double?
    /// How the network was trained.
    package var training: String?
    /// The steps in which it came about, oldest first, as JSON.
    package var history: String?
    /// SHA-256 of the file that the weights were converted from, 64 lower-case hexadecimal digits.
    package var sourceSHA256: String?

    /// The value of `format` in files whose metadata follow this table.
    package static let format = "sparkwatch-unet-1"

    /// The channels of the result, in their order.
    package static let classes = ["background", "spark", "wave", "puff"]

    /// How counts become the input of the network.
    package enum Normalisation: String, Sendable {
        /// (counts - minimum of the movie) / (65535 - minimum of the movie).
        case absoluteMaximum = "abs_max"
    }

    /// The values of the published network.
    package init() {}

    /// Reads the entries of a file.
    ///
    /// - Parameters:
    ///   - entries: those of `__metadata__`.
    ///   - shape: what the tensors say.
    /// - Throws: ``UNetError/invalidMetadata(key:value:expected:)`` for the first entry that cannot be used.
    package init(_ entries: [String: String], shape: UNetShape) throws(UNetError) {
        let reader = MetadataReader(entries)
        try reader.check("format", isOneOf: [Self.format, "pt"])
        try reader.check("classes", isOneOf: [Self.classes.joined(separator: ",")])
        try reader.check("steps", isOneOf: [String(shape.steps)])
        try reader.check("first_layer_channels", isOneOf: [String(shape.firstLayerChannels)])

        let multiple = shape.extentMultiple
        window =
            try reader.integer("window", expected: "a multiple of \(multiple) up to 65536") {
                (1...65536).contains($0) && $0.isMultiple(of: multiple)
            } ?? window
        let window = window
        guard window.isMultiple(of: multiple) else {
            throw .unsupportedNetwork(reason: "a window of \(window) frames is no multiple of \(multiple)")
        }
        stride =
            try reader.integer("stride", expected: "an even number of frames up to the window of \(window)") {
                (1...window).contains($0) && $0.isMultiple(of: 2)
            } ?? min(stride, window)
        ignoredFrames =
            try reader.integer("ignore_frames", expected: "fewer than half of \(window) frames") {
                $0 >= 0 && 2 * $0 < window
            } ?? min(ignoredFrames, (window - 1) / 2)
        pixelSizeMicrometres = try reader.quantity(.pixelSize) ?? pixelSizeMicrometres
        frameIntervalMilliseconds = try reader.quantity(.frameInterval) ?? frameIntervalMilliseconds
        try reader.check("normalisation", isOneOf: [Normalisation.absoluteMaximum.rawValue])
        liveThreshold = try reader.number("live_threshold", expected: "a number from 0 to below 1") {
            (0..<1).contains($0)
        }
        training = entries["training"]
        history = entries["history"]
        sourceSHA256 = try reader.digest("source_sha256")
    }

    /// The entries from which the same metadata are read.
    package func entries(shape: UNetShape) -> [String: String] {
        var entries = [
            "format": Self.format,
            "classes": Self.classes.joined(separator: ","),
            "steps": String(shape.steps),
            "first_layer_channels": String(shape.firstLayerChannels),
            "window": String(window),
            "stride": String(stride),
            "ignore_frames": String(ignoredFrames),
            "pixel_size_um": String(pixelSizeMicrometres),
            "frame_interval_ms": String(frameIntervalMilliseconds),
            "normalisation": normalisation.rawValue,
        ]
        entries["live_threshold"] = liveThreshold.map { String($0) }
        entries["training"] = training
        entries["history"] = history
        entries["source_sha256"] = sourceSHA256
        return entries
    }
}

/// Converts metadata entries and names the key and the value of those that cannot be used.
struct MetadataReader {
    let entries: [String: String]

    init(_ entries: [String: String]) {
        self.entries = entries
    }

    func check(_ key: String, isOneOf values: [String]) throws(UNetError) {
        guard let text = entries[key], !values.contains(text) else { return }
        throw .invalidMetadata(key: key, value: text, expected: "'\(values.joined(separator: "' or '"))'")
    }

    func integer(_ key: String, expected: String, where isValid: (Int) -> Bool) throws(UNetError) -> Int? {
        guard let text = entries[key] else { return nil }
        guard let value = Int(text), isValid(value) else {
            throw .invalidMetadata(key: key, value: text, expected: expected)
        }
        return value
    }

    func number(_ key: String, expected: String, where isValid: (Double) -> Bool) throws(UNetError) -> Double? {
        guard let text = entries[key] else { return nil }
        guard let value = Double(text), value.isFinite, isValid(value) else {
            throw .invalidMetadata(key: key, value: text, expected: expected)
        }
        return value
    }

    func quantity(_ quantity: Quantity) throws(UNetError) -> Double? {
        try number(quantity.rawValue, expected: "a \(quantity.name) of \(quantity.rangeText)") {
            quantity.isPlausible($0)
        }
    }

    func digest(_ key: String) throws(UNetError) -> String? {
        guard let text = entries[key] else { return nil }
        guard text.utf8.count == 64, text.utf8.allSatisfy(Set("0123456789abcdef".utf8).contains) else {
            throw .invalidMetadata(key: key, value: text, expected: "64 lower-case hexadecimal digits")
        }
        return text
    }
}
