package import Foundation

extension SideOutput {
    /// The value of `format` in files that hold a side output alone.
    static let format = "sparkwatch-early-1"

    private static let classNames: [NetworkClass: String] = Dictionary(
        uniqueKeysWithValues: NetworkClass.allCases.map { ($0, ModelMetadata.classes[$0.rawValue]) }
    )

    /// Names of the classes that it tells.
    package var classNames: [String] { units.compactMap { Self.classNames[$0.networkClass] } }

    // MARK: Reading

    /// Takes a side output out of a file; nil if it holds none.
    ///
    /// - Throws: ``UNetError`` if tensors and metadata do not belong together.
    init?(
        _ reader: inout TensorReader,
        _ entries: [String: String],
        shape: UNetShape,
        window: Int
    ) throws(UNetError) {
        guard let names = entries["early_classes"] else { return nil }
        let metadata = MetadataReader(entries)
        let place = try Self.place(metadata, shape: shape, window: window)
        let classes = try Self.classes(names)
        let channels = shape.channels(atLevel: place.level)
        let weights = try reader.readValues(Self.weightName, shape: [classes.count, channels, 1, 1, 1])
        let biases = try reader.readValues(Self.biasName, shape: [classes.count])
        let thresholds = try metadata.numbers("early_thresholds", count: classes.count, within: 0...1)
        let smallest = try metadata.numbers("early_smallest_pixels", count: classes.count, within: 1...1e9)
        self.init(
            place: place,
            units: classes.indices.map { index in
                Unit(
                    networkClass: classes[index],
                    weights: Array(weights[index * channels..<(index + 1) * channels]),
                    bias: biases[index],
                    threshold: Float(thresholds[index]),
                    smallestPixelCount: Int(smallest[index])
                )
            },
            training: entries["early_training"]
        )
    }

    /// Reads a file that holds a side output alone.
    ///
    /// - Throws: ``UNetError`` if it cannot be read, contradicts itself, or was made for other weights.
    package init(contentsOf url: URL, for model: Model) throws(UNetError) {
        let file = try SafetensorsFile(contentsOf: url)
        var reader = TensorReader(file)
        try MetadataReader(file.metadata).check("format", isOneOf: [Self.format])
        let sha256 = file.metadata["model_sha256"] ?? ""
        guard sha256 == model.sha256 else {
            throw .invalidMetadata(
                key: "model_sha256",
                value: sha256,
                expected: "\(model.sha256 ?? "none"), that of the weights: \(url.path) was made for others. "
                    + "Fit it again with `sparkwatch model early`, or take it away"
            )
        }
        let found = try SideOutput(&reader, file.metadata, shape: model.shape, window: model.metadata.window)
        guard let found else { throw .missingTensor(Self.weightName) }
        try reader.checkThatNothingIsLeft()
        self = found
    }

    /// Where the side output of a file of weights lies if it is not in the file.
    package static func file(beside weights: URL) -> URL {
        let name = weights.deletingPathExtension().lastPathComponent
        return weights.deletingLastPathComponent().appending(path: "\(name)-early.safetensors")
    }

    private static func place(
        _ metadata: MetadataReader,
        shape: UNetShape,
        window: Int
    ) throws(UNetError) -> Place {
        func frames(_ key: String) throws(UNetError) -> Int {
            guard let value = try metadata.integer(key, expected: "a whole number", where: { (0...65536).contains($0) })
            else { throw .invalidMetadata(key: key, value: "", expected: "a whole number") }
            return value
        }
        let place = Place(
            level: try frames("early_level"),
            coarsestLevel: try frames("early_coarsest_level"),
            windowFrameCount: try frames("early_window")
        )
        if let fault = place.fault(in: shape, window: window) {
            throw .unsupportedNetwork(reason: "the side output is of \(fault)")
        }
        return place
    }

    private static func classes(_ names: String) throws(UNetError) -> [NetworkClass] {
        var classes: [NetworkClass] = []
        for name in names.split(separator: ",", omittingEmptySubsequences: false) {
            let found = NetworkClass.allCases.first { $0 != .background && classNames[$0] == String(name) }
            guard let found, !classes.contains(found) else {
                throw .invalidMetadata(
                    key: "early_classes",
                    value: names,
                    expected: "names of classes, each once, such as 'wave' or 'wave,puff'"
                )
            }
            classes.append(found)
        }
        return classes
    }

    // MARK: Writing

    /// The entries from which the same side output is read.
    package var entries: [String: String] {
        var entries = [
            "early_level": String(place.level),
            "early_coarsest_level": String(place.coarsestLevel),
            "early_window": String(place.windowFrameCount),
            "early_classes": classNames.joined(separator: ","),
            "early_thresholds": units.map { String($0.threshold) }.joined(separator: ","),
            "early_smallest_pixels": units.map { String($0.smallestPixelCount) }.joined(separator: ","),
        ]
        entries["early_training"] = training
        return entries
    }

    /// A file that holds the side output alone, for the weights of one file.
    package func data(for model: Model) -> Data {
        var writer = SafetensorsWriter(metadata: entries)
        writer.metadata["format"] = Self.format
        writer.metadata["model_sha256"] = model.sha256
        add(to: &writer, prefix: "")
        return writer.data
    }

    /// A file of weights with the side output in it, in the place of one that it held; its tensors stay as they are.
    ///
    /// - Throws: ``UNetError`` if the file cannot be read.
    package func data(addedTo weights: URL) throws(UNetError) -> Data {
        let file = try SafetensorsFile(contentsOf: weights)
        let prefix = TensorReader(file).prefix
        var writer = SafetensorsWriter(metadata: file.metadata.merging(entries) { $1 })
        for tensor in file.tensors
        where ![Self.weightName, Self.biasName].contains(where: { prefix + $0 == tensor.name }) {
            writer.add(tensor.name, shape: tensor.shape, values: file.values(of: tensor), as: tensor.elementType)
        }
        add(to: &writer, prefix: prefix)
        return writer.data
    }

    private func add(to writer: inout SafetensorsWriter, prefix: String) {
        let channels = units.first?.weights.count ?? 0
        writer.add(
            prefix + Self.weightName,
            shape: [units.count, channels, 1, 1, 1],
            values: units.flatMap(\.weights)
        )
        writer.add(prefix + Self.biasName, shape: [units.count], values: units.map(\.bias))
    }
}

extension MetadataReader {
    /// Numbers with commas between them, one for each of so many things.
    func numbers(_ key: String, count: Int, within range: ClosedRange<Double>) throws(UNetError) -> [Double] {
        let text = entries[key] ?? ""
        let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
        guard values.count == count, values.allSatisfy(range.contains) else {
            throw .invalidMetadata(
                key: key,
                value: text,
                expected: "\(count) numbers from \(range.lowerBound) to \(range.upperBound), with commas between them"
            )
        }
        return values
    }
}
