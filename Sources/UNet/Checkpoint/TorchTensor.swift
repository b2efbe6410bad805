/// How PyTorch stores numbers; the raw value is the name of the storage class.
enum TorchElementType: String, Sendable {
    case float32 = "FloatStorage"
    case float64 = "DoubleStorage"
    case float16 = "HalfStorage"
    case bfloat16 = "BFloat16Storage"
    case int64 = "LongStorage"
    case int32 = "IntStorage"
    case int16 = "ShortStorage"
    case int8 = "CharStorage"
    case uint8 = "ByteStorage"
    case bool = "BoolStorage"

    var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// The type of a safetensors file that holds these numbers, double precision rounded; nil for integers.
    var storedType: TensorDescription.ElementType? {
        switch self {
        case .float32, .float64: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64, .int32, .int16, .int8, .uint8, .bool: nil
        }
    }
}

/// A run of numbers in an archive entry of its own, which tensors are views of.
struct TorchStorage: Hashable, Sendable {
    let elementType: TorchElementType
    /// Name of the entry in the archive's folder `data`, digits only.
    let key: String
    let elementCount: Int

    /// - Precondition: checked by whoever made the storage not to overflow.
    var byteCount: Int { elementCount * elementType.byteCount }

    /// Nil if the key is not made of digits, or the size is none.
    init?(elementType: TorchElementType, key: String, elementCount: Int) {
        guard !key.isEmpty, key.utf8.count <= Self.keyByteLimit, key.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            elementCount >= 0, !elementCount.multipliedReportingOverflow(by: elementType.byteCount).overflow
        else { return nil }
        self.elementType = elementType
        self.key = key
        self.elementCount = elementCount
    }

    private static let keyByteLimit = 64
}

/// A view of a storage: where its elements lie.
struct TorchTensor: Hashable, Sendable {
    let storage: TorchStorage
    /// Element of the storage that comes first.
    let offset: Int
    /// Extents, slowest axis first.
    let shape: [Int]
    /// Elements of the storage from one index to the next, per axis.
    let strides: [Int]
    let elementCount: Int

    static let rankLimit = 16

    /// Nil if an element would lie outside the storage.
    init?(storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]) {
        guard shape.count == strides.count, shape.count <= Self.rankLimit, (0...storage.elementCount).contains(offset)
        else { return nil }
        var count = 1
        var last = offset
        for (extent, stride) in zip(shape, strides) {
            guard extent >= 0, stride >= 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            let (reach, farther) = max(0, extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, carry) = last.addingReportingOverflow(reach)
            guard !overflow, !farther, !carry else { return nil }
            (count, last) = (product, sum)
        }
        guard count == 0 || last < storage.elementCount,
            !count.multipliedReportingOverflow(by: storage.elementType.byteCount).overflow
        else { return nil }
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = strides
        elementCount = count
    }

    /// The elements in C order in single precision; only double precision is rounded.
    ///
    /// - Parameter bytes: those of the storage.
    /// - Returns: Nil if the storage holds integers.
    func values(in bytes: UnsafeRawBufferPointer) -> [Float]? {
        precondition(bytes.count == storage.byteCount, "the bytes of another storage")
        switch storage.elementType {
        case .float32: return gather(bytes, UInt32.self) { Float(bitPattern: $0) }
        case .float64: return gather(bytes, UInt64.self) { Float(Double(bitPattern: $0)) }
        case .float16: return gather(bytes, UInt16.self) { Float(halfPrecisionBits: $0) }
        case .bfloat16: return gather(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64, .int32, .int16, .int8, .uint8, .bool: return nil
        }
    }

    private func gather<Bits: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer,
        _ type: Bits.Type,
        _ value: (Bits) -> Float
    ) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(elementCount)
        var index = [Int](repeating: 0, count: shape.count)
        var position = offset
        for _ in 0..<elementCount {
            let bits = bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<Bits>.size, as: Bits.self)
            values.append(value(Bits(littleEndian: bits)))
            for axis in shape.indices.reversed() {
                index[axis] += 1
                position += strides[axis]
                guard index[axis] == shape[axis] else { break }
                position -= shape[axis] * strides[axis]
                index[axis] = 0
            }
        }
        return values
    }
}
