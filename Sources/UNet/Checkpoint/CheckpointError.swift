/// Why a file is refused as a PyTorch checkpoint.
///
/// Every message says what is wrong and what to do.
package enum CheckpointError: Error, Equatable, Sendable {
    /// The file could not be opened or read.
    case unreadable(path: String, reason: String)
    /// The file does not start as a checkpoint does.
    case unknownFormat
    /// The file was written by a PyTorch before 1.6 or with its old format.
    case legacyFormat
    /// The file holds a network together with its program.
    case torchScript
    /// The checkpoint was written on a machine with the other byte order.
    case unsupportedByteOrder(String)
    /// The archive contradicts itself.
    case malformedArchive(byteOffset: Int, reason: String)
    case compressedEntry(String)
    case encryptedEntry(String)
    /// The bytes of an entry are not those that were written.
    case damagedEntry(String)
    /// The archive lacks an entry.
    case missingEntry(String)
    /// The archive's entry of a storage does not hold its elements.
    case storageSizeMismatch(entry: String, byteCount: Int, neededByteCount: Int)
    /// The pickle contradicts itself, or PyTorch writes none like it.
    case malformedPickle(byteOffset: Int, reason: String)
    /// The pickle contains an instruction that no checkpoint needs.
    case unsupportedInstruction(code: UInt8, byteOffset: Int)
    /// The pickle asks for code.
    case forbiddenName(String, byteOffset: Int)
    case tooLarge(what: String, count: UInt64, limit: UInt64)
    /// No dictionary of the checkpoint holds the tensors of a 3D U-Net.
    case noNetwork(keys: [String])
    /// Several networks are there and none was chosen, or the chosen one is not among them.
    case chooseNetwork(from: [String], chosen: String?)
    case duplicateTensor(String)
    /// A tensor of the network holds integers.
    case unsupportedElementType(tensor: String, type: String)
    /// A weight is too large for the type in which it is to be stored.
    case outOfRange(tensor: String, type: String)
}

extension CheckpointError: CustomStringConvertible {
    private static let saveAgain = "torch.save(network.state_dict(), 'new.pth')"

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read the checkpoint \(path): \(reason); check the path and the access rights"
        case .unknownFormat:
            "this is no PyTorch checkpoint (a ZIP archive as torch.save writes it); check the path"
        case .legacyFormat:
            "the checkpoint has the format of PyTorch before 1.6; write it again with a newer PyTorch: "
                + "torch.save(torch.load('old.pth', map_location='cpu', weights_only=True), 'new.pth')"
        case .torchScript:
            "the file is a TorchScript program; save the weights alone in Python: \(Self.saveAgain)"
        case .unsupportedByteOrder(let order):
            "the checkpoint has the byte order '\(order)'; write it again on a little-endian machine"
        case .malformedArchive(let offset, let reason):
            "the archive is malformed at byte \(offset): \(reason); copy the file again"
        case .compressedEntry(let name):
            "the archive's entry '\(name)' is compressed, which torch.save never does; use the file as it was saved"
        case .encryptedEntry(let name):
            "the archive's entry '\(name)' is encrypted; use the file as torch.save wrote it"
        case .damagedEntry(let name):
            "the archive's entry '\(name)' does not agree with its checksum; copy the file again"
        case .missingEntry(let name):
            "the archive has no entry '\(name)'; use the file as torch.save wrote it"
        case .storageSizeMismatch(let entry, let byteCount, let needed):
            "the archive's entry '\(entry)' has \(byteCount) bytes but its tensors need \(needed); copy the file again"
        case .tooLarge(let what, let count, let limit):
            "the checkpoint has \(count) \(what), the limit is \(limit); save the weights alone: \(Self.saveAgain)"
        default:
            contentDescription
        }
    }

    private var contentDescription: String {
        switch self {
        case .malformedPickle(let offset, let reason):
            "the structure is malformed at byte \(offset): \(reason); save the weights alone: \(Self.saveAgain)"
        case .unsupportedInstruction(let code, let offset):
            "the structure holds the instruction 0x\(String(code, radix: 16)) at byte \(offset), which weights do not "
                + "need and which is not carried out; save the weights alone: \(Self.saveAgain)"
        case .forbiddenName(let name, let offset):
            "the checkpoint asks to import '\(name)' at byte \(offset); it is not executed. If you trust the file, "
                + "load it in Python and save the weights alone: \(Self.saveAgain)"
        case .noNetwork(let keys):
            "the checkpoint holds no tensors of the published 3D U-Net (down_path.0.layers.0.weight, ...) but "
                + "\(keys.isEmpty ? "nothing" : keys.joined(separator: ", ")); save its state dictionary: "
                + Self.saveAgain
        case .chooseNetwork(let names, let chosen):
            (chosen.map { "there is no network '\($0)'" } ?? "the checkpoint holds several networks")
                + "; choose one with --key: \(names.map { "'\($0)'" }.joined(separator: ", "))"
        case .duplicateTensor(let name):
            "the checkpoint holds the tensor '\(name)' twice; save the weights again: \(Self.saveAgain)"
        case .unsupportedElementType(let tensor, let type):
            "tensor '\(tensor)' is a \(type); weights are stored in half, bfloat16, single or double precision"
        case .outOfRange(let tensor, let type):
            "tensor '\(tensor)' holds numbers too large for \(type); choose another --precision"
        default:
            preconditionFailure("described above")
        }
    }
}
