package import Imaging

/// What can be wrong with a file of weights.
///
/// Every message names the value, the limit and what to do.
package enum UNetError: Error, Equatable, Sendable {
    /// The file could not be opened or read.
    case unreadable(path: String, reason: String)
    /// The file ends before its header does.
    case truncatedHeader(byteCount: Int, neededByteCount: UInt64)
    /// The header claims to be longer than any sensible one.
    case headerTooLong(byteCount: UInt64, limit: Int)
    /// The header is not the JSON that the format asks for.
    case malformedHeader(byteOffset: Int, reason: String)
    /// Two tensors or two metadata entries have one name.
    case duplicateName(String)
    /// A tensor's elements are of a type that is not read.
    case unsupportedElementType(tensor: String, type: String)
    /// A tensor's byte range does not hold its elements.
    case tensorSizeMismatch(tensor: String, byteCount: Int, neededByteCount: Int)
    /// A tensor's bytes do not start where those of the one before end.
    case tensorMisplaced(tensor: String, begin: Int, expectedBegin: Int)
    /// The tensors together do not fill the file.
    case dataSizeMismatch(byteCount: Int, neededByteCount: Int)
    /// The network needs a tensor that the file lacks.
    case missingTensor(String)
    /// The file holds a tensor that the network does not have.
    case unexpectedTensor(String)
    /// A tensor has other extents than the network needs.
    case shapeMismatch(tensor: String, expected: [Int], actual: [Int])
    /// A weight is infinite or not a number.
    case notFinite(tensor: String, index: Int)
    /// The network is of a size that is not supported.
    case unsupportedNetwork(reason: String)
    /// A metadata entry cannot be used.
    case invalidMetadata(key: String, value: String, expected: String)
    /// The buffers of the network do not fit.
    case outOfMemory(byteCount: Int)
    /// The operating system refuses the worker threads.
    case threadsUnavailable(count: Int)
    /// The processor, or the part of it that may be used, cannot compute in the way asked for.
    case unsupportedProcessor(algorithm: String, needed: String)
    /// The frames handed over are not those that the window needs.
    case frameCountMismatch(pixelCount: Int, frameSize: FrameSize, reason: String)
}

extension UNetError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read the weights \(path): \(reason); check the path and the access rights"
        case .truncatedHeader(let byteCount, let needed):
            "the file has \(byteCount) bytes but its header needs \(needed); it is cut off or no safetensors file: "
                + "copy or convert it again"
        case .headerTooLong(let byteCount, let limit):
            "the header claims \(byteCount) bytes, the limit is \(limit); this is no safetensors file: "
                + "convert PyTorch weights with `sparkwatch model convert`"
        case .malformedHeader(let offset, let reason):
            "the header is malformed at byte \(offset): \(reason); write the file again with a safetensors library"
        case .duplicateName(let name):
            "the header holds '\(name)' twice; write the file again with unique names"
        case .unsupportedElementType(let tensor, let type):
            "tensor '\(tensor)' has elements of type \(type); store it as F32, F16 or BF16"
        case .tensorSizeMismatch(let tensor, let byteCount, let needed):
            "tensor '\(tensor)' owns \(byteCount) bytes but its shape needs \(needed); write the file again"
        case .tensorMisplaced(let tensor, let begin, let expected):
            "tensor '\(tensor)' starts at byte \(begin) of the data instead of \(expected); "
                + "tensors must follow each other without gap or overlap: write the file again"
        case .dataSizeMismatch(let byteCount, let needed):
            "the file holds \(byteCount) bytes of tensors but the header describes \(needed); copy or convert it again"
        default:
            networkDescription
        }
    }

    private var networkDescription: String {
        switch self {
        case .missingTensor(let name):
            "tensor '\(name)' is missing; use weights of the published 3D U-Net or of one with other steps or channels"
        case .unexpectedTensor(let name):
            "tensor '\(name)' belongs to no layer of the network; "
                + "use weights of the published 3D U-Net without normalisation layers"
        case .shapeMismatch(let tensor, let expected, let actual):
            "tensor '\(tensor)' has the shape \(actual) instead of \(expected); "
                + "use weights whose channels double from level to level"
        case .notFinite(let tensor, let index):
            "tensor '\(tensor)' is infinite or not a number at element \(index); take an earlier state of the training"
        case .unsupportedNetwork(let reason):
            "\(reason); use weights of the published 3D U-Net or of one with other steps or channels"
        case .invalidMetadata(let key, let value, let expected):
            "metadata '\(key)' is '\(value)'; write \(expected)"
        case .outOfMemory(let byteCount):
            "no memory for \(byteCount >> 20) MiB more; use smaller frames or a machine with more memory"
        case .unsupportedProcessor(let algorithm, let needed):
            "the algorithm \(algorithm) needs \(needed), which are missing or not allowed here; take the algorithm auto"
        case .threadsUnavailable(let count):
            "the system refuses \(count) threads; ask for fewer threads"
        case .frameCountMismatch(let pixelCount, let frameSize, let reason):
            "\(pixelCount) pixels for frames of \(frameSize): \(reason)"
        default:
            preconditionFailure("described above")
        }
    }
}
