/// Where one tensor lies in a safetensors file and what it holds.
package struct TensorDescription: Hashable, Sendable {
    package let name: String
    package let elementType: ElementType
    /// Extents, slowest axis first.
    package let shape: [Int]
    /// Bytes of the tensor, counted from the end of the header.
    package let bytes: Range<Int>

    /// How a number is stored, little endian.
    package enum ElementType: String, Sendable, CaseIterable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"

        package var byteCount: Int { self == .float32 ? 4 : 2 }
    }

    package init(name: String, elementType: ElementType, shape: [Int], bytes: Range<Int>) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }

    package var elementCount: Int { shape.reduce(1, *) }
}

/// The JSON header of a safetensors file, checked as far as that is possible without the data.
///
/// The format: one object; `__metadata__` maps strings to strings, every other key names a tensor with
/// `dtype`, `shape` and `data_offsets` (begin, end).
struct SafetensorsHeader: Equatable {
    var metadata: [String: String] = [:]
    /// In the order of their bytes, without gap or overlap, starting at 0.
    var tensors: [TensorDescription] = []

    static let metadataKey = "__metadata__"

    /// Parses the text of a header; only spaces may follow the object.
    init(parsing json: [UInt8]) throws(UNetError) {
        var scanner = JSONScanner(json)
        var names: Set<String> = []
        try scanner.object { scanner, key throws(UNetError) in
            guard names.insert(key).inserted else { throw .duplicateName(key) }
            if key == Self.metadataKey {
                try scanner.object { scanner, key throws(UNetError) in
                    let value = try scanner.string()
                    guard metadata.updateValue(value, forKey: key) == nil else { throw .duplicateName(key) }
                }
            } else {
                tensors.append(try Self.tensor(named: key, from: &scanner))
            }
        }
        try scanner.end()
        tensors.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
        var end = 0
        for tensor in tensors {
            guard tensor.bytes.lowerBound == end else {
                throw .tensorMisplaced(tensor: tensor.name, begin: tensor.bytes.lowerBound, expectedBegin: end)
            }
            end = tensor.bytes.upperBound
        }
    }

    /// Number of bytes that the tensors own together.
    var dataByteCount: Int { tensors.last?.bytes.upperBound ?? 0 }

    private static func tensor(
        named name: String,
        from scanner: inout JSONScanner
    ) throws(UNetError) -> TensorDescription {
        var typeName: String?
        var shape: [Int]?
        var offsets: [Int]?
        let start = scanner.offset
        try scanner.object { scanner, key throws(UNetError) in
            switch key {
            case "dtype" where typeName == nil: typeName = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.naturalNumbers()
            case "data_offsets" where offsets == nil: offsets = try scanner.naturalNumbers()
            case "dtype", "shape", "data_offsets": throw .duplicateName("\(name).\(key)")
            default: throw scanner.error("unknown key '\(key)' of tensor '\(name)'")
            }
        }
        guard let typeName, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .malformedHeader(
                byteOffset: start,
                reason: "tensor '\(name)' needs dtype, shape and data_offsets [begin, end]"
            )
        }
        guard let elementType = TensorDescription.ElementType(rawValue: typeName) else {
            throw .unsupportedElementType(tensor: name, type: typeName)
        }
        var byteCount = elementType.byteCount
        for extent in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            guard !overflow else {
                throw .malformedHeader(byteOffset: start, reason: "tensor '\(name)' is larger than any memory")
            }
            byteCount = product
        }
        guard offsets[1] - offsets[0] == byteCount else {
            throw .tensorSizeMismatch(
                tensor: name,
                byteCount: offsets[1] - offsets[0],
                neededByteCount: byteCount
            )
        }
        return TensorDescription(name: name, elementType: elementType, shape: shape, bytes: offsets[0]..<offsets[1])
    }
}
