package import Foundation

/// Builds a safetensors file in memory.
package struct SafetensorsWriter: Sendable {
    /// The entries of `__metadata__`.
    package var metadata: [String: String]

    private var tensors: [TensorDescription] = []
    private var bytes = Data()

    package init(metadata: [String: String] = [:]) {
        self.metadata = metadata
    }

    /// Adds a tensor.
    ///
    /// - Parameters:
    ///   - name: not that of an earlier tensor.
    ///   - shape: extents, slowest axis first.
    ///   - values: one per element, in C order.
    ///   - elementType: how to store them; rounded to nearest, ties to even.
    package mutating func add(
        _ name: String,
        shape: [Int],
        values: [Float],
        as elementType: TensorDescription.ElementType = .float32
    ) {
        precondition(values.count == shape.reduce(1, *), "one value per element")
        precondition(name != SafetensorsHeader.metadataKey && !tensors.contains { $0.name == name }, "unique names")
        let begin = bytes.count
        for value in values {
            switch elementType {
            case .float32: append(value.bitPattern)
            case .float16: append(value.halfPrecisionBits)
            case .bfloat16: append(value.bfloat16Bits)
            }
        }
        tensors.append(
            TensorDescription(name: name, elementType: elementType, shape: shape, bytes: begin..<bytes.count)
        )
    }

    /// The file: length, header padded to a multiple of eight bytes, tensors.
    package var data: Data {
        var entries: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
            entries.append("\"\(SafetensorsHeader.metadataKey)\":{\(pairs.joined(separator: ","))}")
        }
        for tensor in tensors {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(Self.quoted(tensor.name)):{\"dtype\":\"\(tensor.elementType.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(tensor.bytes.lowerBound),\(tensor.bytes.upperBound)]}"
            )
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        var file = Data()
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { file.append(contentsOf: $0) }
        return file + header + bytes
    }

    private mutating func append(_ bits: some FixedWidthInteger) {
        withUnsafeBytes(of: bits.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
