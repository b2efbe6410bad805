import Foundation
import UNet

extension FuzzTarget {
    /// Files of weights.
    static let networks = [
        FuzzTarget(name: "safetensors", largestByteCount: 8192, read: readSafetensors),
        FuzzTarget(name: "checkpoint", largestByteCount: 8192, read: readCheckpoint),
        FuzzTarget(name: "pickle", largestByteCount: 4096) { readCheckpoint(ZipBytes.checkpoint(around: $0)) },
    ]

    private static func readSafetensors(_ bytes: [UInt8]) {
        guard let file = try? SafetensorsFile(data: Data(bytes)) else { return }
        for tensor in file.tensors {
            let values = try? file.values(of: tensor.name)
            precondition(values?.count == tensor.elementCount, "a tensor has as many values as its shape says")
        }
        _ = try? Model(file)
    }

    private static func readCheckpoint(_ bytes: [UInt8]) {
        guard let checkpoint = try? TorchCheckpoint(data: Data(bytes)) else { return }
        _ = try? CheckpointConversion(checkpoint)
    }
}

/// A ZIP archive around a pickle that is fuzzed.
private enum ZipBytes {
    /// A checkpoint with one storage of 16 bytes; checksums are left out, as PyTorch does on demand.
    static func checkpoint(around pickle: [UInt8]) -> [UInt8] {
        let storage = (0..<16).map { UInt8($0) }
        let entries = [("a/data.pkl", pickle), ("a/byteorder", Array("little".utf8)), ("a/data/0", storage)]
        var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, content) in entries {
            let sizes = little(UInt32(content.count)) + little(UInt32(content.count)) + little(UInt16(name.utf8.count))
            let common = [UInt8](repeating: 0, count: 2 + 2 + 4 + 4) + sizes + little(UInt16(0))
            directory += little(UInt32(0x0201_4B50)) + little(UInt16(20)) + little(UInt16(20)) + common
            directory += [UInt8](repeating: 0, count: 2 + 2 + 2 + 4) + little(UInt32(bytes.count)) + Array(name.utf8)
            bytes += little(UInt32(0x0403_4B50)) + little(UInt16(20)) + common + Array(name.utf8) + content
        }
        let offset = bytes.count
        bytes += directory
        bytes += little(UInt32(0x0605_4B50)) + little(UInt32(0))
        bytes += little(UInt16(entries.count)) + little(UInt16(entries.count))
        return bytes + little(UInt32(directory.count)) + little(UInt32(offset)) + little(UInt16(0))
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
