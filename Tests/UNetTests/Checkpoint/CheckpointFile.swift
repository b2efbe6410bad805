import Foundation
import UNet

/// A checkpoint of the smallest network, part by part.
struct CheckpointFile {
    var pickle: [UInt8]
    var storages: [(key: String, bytes: [UInt8])]

    static let shape = UNetShape(steps: 1, firstLayerChannels: 1)

    /// The network with all weights 0.5, and perhaps something beside it.
    init(beside: (inout PickleWriter) -> Void = { _ in }) {
        let tensors = Self.shape.tensors.map { ($0.name, $0.shape, $0.shape.reduce(1, *)) }
        storages = tensors.enumerated().map { index, tensor in
            ("\(index)", (0..<tensor.2).flatMap { _ in [0, 0, 0, 0x3F] as [UInt8] })
        }
        pickle =
            PickleWriter { writer in
                writer.write("}(")
                for (index, (name, shape, count)) in tensors.enumerated() {
                    let strides = shape.indices.map { axis in shape[(axis + 1)...].reduce(1, *) }
                    writer.text(name)
                    writer.tensor(storage: "\(index)", elementCount: count, shape: shape, strides: strides)
                }
                beside(&writer)
                writer.write("u")
            }.bytes
    }

    /// A checkpoint of any pickle, with one storage of four numbers.
    init(pickle: [UInt8]) {
        self.pickle = pickle
        storages = [("0", [UInt8](repeating: 0, count: 16))]
    }

    var archive: ArchiveWriter {
        ArchiveWriter(
            [ArchiveWriter.Entry(name: "x/data.pkl", bytes: pickle)]
                + storages.map { ArchiveWriter.Entry(name: "x/data/\($0.key)", bytes: $0.bytes) }
        )
    }

    /// Opens a checkpoint and converts its network; nil if that succeeds.
    static func refusal(_ data: Data) -> (any Error)? {
        do {
            _ = try CheckpointConversion(TorchCheckpoint(data: data))
            return nil
        } catch {
            return error
        }
    }
}
