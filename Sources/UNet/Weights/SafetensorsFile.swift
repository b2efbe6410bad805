import CKernels
package import Foundation

/// A safetensors file, opened for reading.
///
/// The format: eight bytes with the length of the header (little endian), the header (JSON), the tensors.
/// All of it is checked when the file is opened: nothing is allocated on the word of the header alone.
package struct SafetensorsFile: Sendable {
    /// The entries of `__metadata__`.
    package let metadata: [String: String]
    /// All tensors, in the order of their bytes.
    package let tensors: [TensorDescription]

    private let tensorsByName: [String: TensorDescription]
    private let content: Content
    private let dataStart: Int

    /// Where the bytes of a file are.
    private enum Content: Sendable {
        case memory(Data)
        case mapped(MappedFile)
    }

    /// The longest header that is accepted, in bytes.
    package static let headerByteLimit = 4 << 20

    private static let lengthByteCount = 8

    /// Maps a file into memory and checks its structure.
    ///
    /// - Throws: ``UNetError`` if the file cannot be read or contradicts itself.
    package init(contentsOf url: URL) throws(UNetError) {
        let file = try MappedFile(path: url.path)
        try self.init(.mapped(file), file.bytes)
        file.release()
    }

    /// Reads a file that is in memory.
    ///
    /// - Throws: ``UNetError`` if the bytes contradict each other.
    package init(data: Data) throws(UNetError) {
        let parsed: Result<SafetensorsFile, UNetError> = data.withUnsafeBytes { bytes in
            Result { () throws(UNetError) in try SafetensorsFile(.memory(data), bytes) }
        }
        self = try parsed.get()
    }

    private init(_ content: Content, _ bytes: UnsafeRawBufferPointer) throws(UNetError) {
        guard bytes.count >= Self.lengthByteCount else {
            throw .truncatedHeader(byteCount: bytes.count, neededByteCount: UInt64(Self.lengthByteCount))
        }
        let headerByteCount = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard headerByteCount <= Self.headerByteLimit else {
            throw .headerTooLong(byteCount: headerByteCount, limit: Self.headerByteLimit)
        }
        dataStart = Self.lengthByteCount + Int(headerByteCount)
        guard dataStart <= bytes.count else {
            throw .truncatedHeader(byteCount: bytes.count, neededByteCount: UInt64(dataStart))
        }
        let header = try SafetensorsHeader(parsing: Array(bytes[Self.lengthByteCount..<dataStart]))
        guard bytes.count - dataStart == header.dataByteCount else {
            throw .dataSizeMismatch(byteCount: bytes.count - dataStart, neededByteCount: header.dataByteCount)
        }
        self.content = content
        metadata = header.metadata
        tensors = header.tensors
        tensorsByName = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
    }

    /// The tensor with a name, or nil.
    package func tensor(named name: String) -> TensorDescription? {
        tensorsByName[name]
    }

    /// The elements of a tensor in C order, converted to single precision without rounding.
    ///
    /// - Throws: ``UNetError/missingTensor(_:)``.
    /// - Complexity: O(elements)
    package func values(of name: String) throws(UNetError) -> [Float] {
        guard let tensor = tensorsByName[name] else { throw .missingTensor(name) }
        return values(of: tensor)
    }

    /// The elements of one of ``tensors``.
    func values(of tensor: TensorDescription) -> [Float] {
        Array(unsafeUninitializedCapacity: tensor.elementCount) { values, initializedCount in
            convert(tensor, into: values)
            initializedCount = tensor.elementCount
        }
    }

    /// Calls `body` with the elements of one of ``tensors`` in memory that is given back to the system behind it.
    ///
    /// - Throws: ``UNetError/outOfMemory(byteCount:)``, or what `body` throws.
    func withValues<Value>(
        of tensor: TensorDescription,
        _ body: (UnsafeBufferPointer<Float>) throws(UNetError) -> Value
    ) throws(UNetError) -> Value {
        let count = tensor.elementCount
        guard let memory = ckernels_allocate(max(1, count)) else {
            throw .outOfMemory(byteCount: count * MemoryLayout<Float>.stride)
        }
        defer { ckernels_deallocate(memory, max(1, count)) }
        let values = UnsafeMutableBufferPointer(start: memory, count: count)
        convert(tensor, into: values)
        return try body(UnsafeBufferPointer(values))
    }

    private func convert(_ tensor: TensorDescription, into values: UnsafeMutableBufferPointer<Float>) {
        withBytes { bytes in
            let source = UnsafeRawBufferPointer(
                rebasing: bytes[dataStart + tensor.bytes.lowerBound..<dataStart + tensor.bytes.upperBound]
            )
            tensor.elementType.convert(source, into: values)
        }
    }

    /// The SHA-256 of the whole file, 64 lower-case hexadecimal digits.
    ///
    /// - Complexity: O(size of the file)
    package func sha256() -> String {
        withBytes { SHA256.hexDigest(of: $0) }
    }

    /// Does not keep the bytes of a file in memory.
    private func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        switch content {
        case .memory(let data): return data.withUnsafeBytes(body)
        case .mapped(let file):
            defer { file.release() }
            return body(file.bytes)
        }
    }
}

extension TensorDescription.ElementType {
    /// Converts stored elements; there are as many bytes as the elements need.
    fileprivate func convert(_ bytes: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .float32: convert(bytes, into: values, UInt32.self) { Float(bitPattern: $0) }
        case .float16: convert(bytes, into: values, UInt16.self) { Float(halfPrecisionBits: $0) }
        case .bfloat16: convert(bytes, into: values, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        }
    }

    private func convert<Bits: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer,
        into values: UnsafeMutableBufferPointer<Float>,
        _ type: Bits.Type,
        _ value: (Bits) -> Float
    ) {
        for index in 0..<bytes.count / byteCount {
            let bits = bytes.loadUnaligned(fromByteOffset: index * byteCount, as: Bits.self)
            values.initializeElement(at: index, to: value(Bits(littleEndian: bits)))
        }
    }
}
