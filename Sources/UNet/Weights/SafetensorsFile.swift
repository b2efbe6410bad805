public import Foundation

/// A safetensors file, opened for reading.
///
/// The format: eight bytes with the length of the header (little endian), the header (JSON), the tensors.
/// All of it is checked when the file is opened: nothing is allocated on the word of the header alone.
public struct SafetensorsFile: Sendable {
    /// The entries of `__metadata__`.
    public let metadata: [String: String]
    /// All tensors, in the order of their bytes.
    public let tensors: [TensorDescription]

    private let tensorsByName: [String: TensorDescription]
    private let bytes: Data
    private let dataStart: Int

    /// The longest header that is accepted, in bytes.
    public static let headerByteLimit = 4 << 20

    private static let lengthByteCount = 8

    /// Maps a file into memory and checks its structure.
    ///
    /// - Throws: ``UNetError`` if the file cannot be read or contradicts itself.
    public init(contentsOf url: URL) throws(UNetError) {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw .unreadable(path: url.path, reason: error.localizedDescription)
        }
        try self.init(data: data)
    }

    /// Reads a file that is in memory.
    ///
    /// - Throws: ``UNetError`` if the bytes contradict each other.
    public init(data: Data) throws(UNetError) {
        guard data.count >= Self.lengthByteCount else {
            throw .truncatedHeader(byteCount: data.count, neededByteCount: UInt64(Self.lengthByteCount))
        }
        let headerByteCount = data.prefix(Self.lengthByteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard headerByteCount <= Self.headerByteLimit else {
            throw .headerTooLong(byteCount: headerByteCount, limit: Self.headerByteLimit)
        }
        dataStart = Self.lengthByteCount + Int(headerByteCount)
        guard dataStart <= data.count else {
            throw .truncatedHeader(byteCount: data.count, neededByteCount: UInt64(dataStart))
        }
        let header = try SafetensorsHeader(
            parsing: Array(data.dropFirst(Self.lengthByteCount).prefix(Int(headerByteCount)))
        )
        guard data.count - dataStart == header.dataByteCount else {
            throw .dataSizeMismatch(byteCount: data.count - dataStart, neededByteCount: header.dataByteCount)
        }
        bytes = data
        metadata = header.metadata
        tensors = header.tensors
        tensorsByName = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
    }

    /// The tensor with a name, or nil.
    public func tensor(named name: String) -> TensorDescription? {
        tensorsByName[name]
    }

    /// The elements of a tensor in C order, converted to single precision without rounding.
    ///
    /// - Throws: ``UNetError/missingTensor(_:)``.
    /// - Complexity: O(elements)
    public func values(of name: String) throws(UNetError) -> [Float] {
        guard let tensor = tensorsByName[name] else { throw .missingTensor(name) }
        return bytes.withUnsafeBytes { buffer in
            let source = UnsafeRawBufferPointer(
                rebasing: buffer[dataStart + tensor.bytes.lowerBound..<dataStart + tensor.bytes.upperBound]
            )
            return tensor.elementType.values(of: source)
        }
    }

    /// The SHA-256 of the whole file, 64 lower-case hexadecimal digits.
    ///
    /// - Complexity: O(size of the file)
    public func sha256() -> String {
        bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) }
    }
}

extension TensorDescription.ElementType {
    /// Converts stored elements; the number of bytes is a multiple of the size of an element.
    fileprivate func values(of bytes: UnsafeRawBufferPointer) -> [Float] {
        (0..<bytes.count / byteCount).map { index in
            let offset = index * byteCount
            switch self {
            case .float32:
                let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            case .float16:
                let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                return Float(halfPrecisionBits: UInt16(littleEndian: bits))
            case .bfloat16:
                let bits = bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
                return Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
            }
        }
    }
}
