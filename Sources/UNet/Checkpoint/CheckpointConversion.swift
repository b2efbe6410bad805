package import Foundation

/// The weights of a PyTorch checkpoint as a safetensors file that ``Model`` reads.
package struct CheckpointConversion: Sendable {
    /// The safetensors file.
    package let data: Data
    /// What the detector makes of it.
    package let model: Model
    /// Where in the checkpoint the weights were: keys joined with dots, empty for a plain state dictionary.
    package let source: String
    /// What lay beside the weights and was left out.
    package let leftOut: [String]

    /// Converts a network.
    ///
    /// - Parameters:
    ///   - checkpoint: an opened checkpoint.
    ///   - key: which of its networks; nil for the only one.
    ///   - elementType: how to store the weights; nil for as they are, double precision as single.
    ///   - metadata: what the file is to say about the weights; the checksum of the checkpoint is added.
    /// - Throws: ``CheckpointError`` if the tensors cannot be stored so, ``UNetError`` if the network is none that
    ///   the detector runs.
    package init(
        _ checkpoint: TorchCheckpoint,
        key: String? = nil,
        as elementType: TensorDescription.ElementType? = nil,
        metadata: ModelMetadata = ModelMetadata()
    ) throws {
        let network = try checkpoint.network(named: key)
        try Self.checkSize(of: network, in: checkpoint)
        try checkpoint.verifyStorages(of: network.tensors.map(\.tensor))
        var writer = SafetensorsWriter()
        for (name, tensor) in network.tensors {
            guard name != SafetensorsHeader.metadataKey else { throw UNetError.unexpectedTensor(name) }
            let type = tensor.storage.elementType
            guard let storedType = type.storedType, let values = try checkpoint.values(of: tensor) else {
                throw CheckpointError.unsupportedElementType(tensor: name, type: type.rawValue)
            }
            let chosenType = elementType ?? storedType
            guard values.allSatisfy({ abs($0) <= chosenType.largestValue || !$0.isFinite }) else {
                throw CheckpointError.outOfRange(tensor: name, type: chosenType.rawValue)
            }
            writer.add(name, shape: tensor.shape, values: values, as: chosenType)
        }
        let shape = try TensorReader(SafetensorsFile(data: writer.data)).networkShape()
        var metadata = metadata
        metadata.sourceSHA256 = checkpoint.sha256
        writer.metadata = metadata.entries(shape: shape)
        data = writer.data
        model = try Model(SafetensorsFile(data: data))
        source = network.name
        leftOut = network.leftOut
    }

    /// Refuses more tensors than any network has, and those that repeat elements until they outgrow the file.
    private static func checkSize(
        of network: CheckpointNetwork,
        in checkpoint: TorchCheckpoint
    ) throws(CheckpointError) {
        guard network.tensors.count <= tensorLimit else {
            throw .tooLarge(what: "tensors", count: UInt64(network.tensors.count), limit: UInt64(tensorLimit))
        }
        var rest = checkpoint.byteCount
        for (_, tensor) in network.tensors {
            let byteCount = tensor.elementCount * tensor.storage.elementType.byteCount
            guard byteCount <= rest else {
                throw .tooLarge(
                    what: "bytes in a tensor",
                    count: UInt64(byteCount),
                    limit: UInt64(rest)
                )
            }
            rest -= byteCount
        }
    }

    private static let tensorLimit = 1024
}

extension TensorDescription.ElementType {
    fileprivate var largestValue: Float {
        switch self {
        case .float32: .greatestFiniteMagnitude
        case .float16: 65504
        case .bfloat16: 0x1.FEp127
        }
    }
}
