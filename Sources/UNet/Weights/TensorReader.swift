/// Takes the layers of a network out of a file, one after the other, and checks their shapes.
struct TensorReader {
    private let file: SafetensorsFile
    /// `module.` if the network was trained on several devices at once.
    let prefix: String
    private var untaken: Set<String>

    private static let parallelPrefix = "module."

    init(_ file: SafetensorsFile) {
        self.file = file
        let names = file.tensors.map(\.name)
        prefix = !names.isEmpty && names.allSatisfy { $0.hasPrefix(Self.parallelPrefix) } ? Self.parallelPrefix : ""
        untaken = Set(names)
    }

    /// Finds the extents of the network: as many levels as there are encoder blocks.
    func networkShape() throws(UNetError) -> UNetShape {
        let first = try shape(of: "down_path.0.layers.0.weight", rank: 5)
        let final = try shape(of: "final_layer.weight", rank: 5)
        let limit = UNetShape.maximumSteps
        let steps = (1...limit + 1).prefix { file.tensor(named: "\(prefix)down_path.\($0).layers.0.weight") != nil }
            .count
        guard (1...limit).contains(steps) else {
            throw .unsupportedNetwork(
                reason:
                    "the network has \(steps > limit ? "more than \(limit)" : "no") pooling steps, 1 to \(limit) work"
            )
        }
        let (channels, inputChannels, classCount) = (first[0], first[1], final[0])
        // Keeps every product of extents far from overflow; the published network has 8.
        guard (1...1024).contains(channels) else {
            throw .unsupportedNetwork(reason: "the first layer has \(channels) channels, 1 to 1024 work")
        }
        guard inputChannels == 1 else {
            throw .unsupportedNetwork(reason: "the network reads \(inputChannels) channels, a movie has 1")
        }
        guard classCount == ModelMetadata.classes.count else {
            throw .unsupportedNetwork(
                reason: "the network has \(classCount) classes instead of "
                    + "\(ModelMetadata.classes.count) (\(ModelMetadata.classes.joined(separator: ", ")))"
            )
        }
        return UNetShape(
            steps: steps,
            firstLayerChannels: channels,
            inputChannels: inputChannels,
            classCount: classCount
        )
    }

    /// Takes a convolution: weight `[destination][source][t][y][x]` and bias.
    mutating func convolution(
        _ path: String,
        from sourceChannels: Int,
        to destinationChannels: Int,
        kernelExtent: Int = 3
    ) throws(UNetError) -> ConvolutionWeights {
        ConvolutionWeights(
            sourceChannels: sourceChannels,
            destinationChannels: destinationChannels,
            kernelExtent: kernelExtent,
            source: try read(
                "\(path).weight",
                shape: [destinationChannels, sourceChannels, kernelExtent, kernelExtent, kernelExtent]
            ),
            biases: try readValues("\(path).bias", shape: [destinationChannels])
        )
    }

    /// Takes a transposed convolution: weight `[source][destination][t][y][x]` and bias.
    mutating func upConvolution(
        _ path: String,
        from sourceChannels: Int,
        to destinationChannels: Int
    ) throws(UNetError) -> ConvolutionWeights {
        ConvolutionWeights(
            sourceChannels: sourceChannels,
            destinationChannels: destinationChannels,
            kernelExtent: 2,
            source: try read("\(path).weight", shape: [sourceChannels, destinationChannels, 2, 2, 2]),
            biases: try readValues("\(path).bias", shape: [destinationChannels])
        )
    }

    /// Refuses tensors that no layer took: the file holds another network.
    func checkThatNothingIsLeft() throws(UNetError) {
        if let name = untaken.min() { throw .unexpectedTensor(name) }
    }

    private func shape(of name: String, rank: Int) throws(UNetError) -> [Int] {
        guard let tensor = file.tensor(named: prefix + name) else { throw .missingTensor(prefix + name) }
        guard tensor.shape.count == rank else {
            throw .unsupportedNetwork(
                reason: "tensor '\(prefix + name)' has \(tensor.shape.count) axes instead of \(rank)"
            )
        }
        return tensor.shape
    }

    /// Checks a tensor, and leaves its values in the file.
    private mutating func read(_ unprefixedName: String, shape: [Int]) throws(UNetError) -> ConvolutionWeights.Source {
        let name = prefix + unprefixedName
        guard let tensor = file.tensor(named: name) else { throw .missingTensor(name) }
        guard tensor.shape == shape else {
            throw .shapeMismatch(tensor: name, expected: shape, actual: tensor.shape)
        }
        untaken.remove(name)
        try file.withValues(of: tensor) { values throws(UNetError) in
            if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(tensor: name, index: index) }
        }
        return .file(file, tensor)
    }

    mutating func readValues(_ name: String, shape: [Int]) throws(UNetError) -> [Float] {
        _ = try read(name, shape: shape)
        return try file.values(of: prefix + name)
    }
}
