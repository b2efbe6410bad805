package import Foundation

/// A file written by PyTorch's `torch.save`, opened for reading; nothing in it is executed.
///
/// It is a ZIP archive with a pickle, `NAME/data.pkl`, that describes the objects, and one entry,
/// `NAME/data/KEY`, per storage of numbers. Everything is checked when the file is opened, and nothing is
/// allocated on the word of the file alone.
package struct TorchCheckpoint: Sendable {
    /// The networks that the checkpoint holds, at least one.
    let networks: [CheckpointNetwork]
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    package let sha256: String
    /// Size of the file.
    let byteCount: Int

    private let archive: ZipArchive
    private let folder: String

    private static let archiveStart = Data("PK\u{3}\u{4}".utf8)
    /// The number 0x1950a86a20f9469cfc6c, with which files of the old format start.
    private static let legacyMagic = Data([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])
    private static let legacyMagicReach = 32
    private static let pickleName = "data.pkl"

    /// Maps a file into memory and checks its structure.
    ///
    /// - Throws: ``CheckpointError`` if the file cannot be read, contradicts itself, asks for code or holds no
    ///   3D U-Net.
    package init(contentsOf url: URL) throws(CheckpointError) {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw .unreadable(path: url.path, reason: error.localizedDescription)
        }
        try self.init(data: data)
    }

    /// Reads a checkpoint that is in memory.
    ///
    /// - Throws: ``CheckpointError`` if the bytes contradict each other, ask for code or hold no 3D U-Net.
    package init(data: Data) throws(CheckpointError) {
        guard Self.isCheckpoint(data) else {
            let start = data.prefix(Self.legacyMagicReach)
            throw start.range(of: Self.legacyMagic) == nil ? .unknownFormat : .legacyFormat
        }
        archive = try ZipArchive(data)
        folder = try Self.folder(of: archive)
        byteCount = data.count

        let pickle = try archive.verifiedEntry(named: folder + Self.pickleName)
        var machine = try PickleMachine(data[pickle.bytes])
        let root = try machine.run()
        for storage in machine.objects.storages {
            let entry = try archive.entry(named: Self.path(of: storage, in: folder))
            guard entry.bytes.count == storage.byteCount else {
                throw .storageSizeMismatch(
                    entry: entry.name,
                    byteCount: entry.bytes.count,
                    neededByteCount: storage.byteCount
                )
            }
        }
        networks = try CheckpointNetwork.all(in: root, of: machine.objects)
        sha256 = data.withUnsafeBytes { SHA256.hexDigest(of: $0) }
    }

    /// Whether a file starts as checkpoints do.
    package static func isCheckpoint(_ data: Data) -> Bool { data.starts(with: archiveStart) }

    /// The network with a name, or the only one.
    ///
    /// - Throws: ``CheckpointError/chooseNetwork(from:chosen:)``.
    func network(named name: String?) throws(CheckpointError) -> CheckpointNetwork {
        let matches = name.map { name in networks.filter { $0.name == name } } ?? networks
        guard matches.count == 1 else { throw .chooseNetwork(from: networks.map(\.name), chosen: name) }
        return matches[0]
    }

    /// Checks the storages of some tensors for damage.
    func verifyStorages(of tensors: some Sequence<TorchTensor>) throws(CheckpointError) {
        for storage in Set(tensors.map(\.storage)) {
            _ = try archive.verifiedEntry(named: Self.path(of: storage, in: folder))
        }
    }

    /// The elements of a tensor, see ``TorchTensor/values(in:)``.
    func values(of tensor: TorchTensor) throws(CheckpointError) -> [Float]? {
        archive.withBytes(
            of: try archive.entry(named: Self.path(of: tensor.storage, in: folder)),
            tensor.values
        )
    }

    private static func path(of storage: TorchStorage, in folder: String) -> String {
        "\(folder)data/\(storage.key)"
    }

    /// The folder in which all entries lie, with a slash at its end.
    private static func folder(of archive: ZipArchive) throws(CheckpointError) -> String {
        let pickles = archive.names.filter { name in
            let parts = name.split(separator: "/")
            return parts.count == 2 && parts[1] == pickleName
        }
        guard pickles.count == 1, let pickle = pickles.first else { throw .missingEntry("NAME/\(pickleName)") }
        let folder = String(pickle.dropLast(pickleName.count))
        guard !archive.contains(folder + "constants.pkl") else { throw .torchScript }
        let byteOrderName = folder + "byteorder"
        if archive.contains(byteOrderName) {
            let order = archive.withBytes(of: try archive.entry(named: byteOrderName)) {
                String(decoding: $0.prefix(8), as: UTF8.self)
            }
            guard order == "little" else { throw .unsupportedByteOrder(order) }
        }
        return folder
    }
}

extension ZipArchive {
    fileprivate func verifiedEntry(named name: String) throws(CheckpointError) -> Entry {
        let entry = try entry(named: name)
        try verify(entry)
        return entry
    }
}
