/// How the pixels of a frame are stored in a message.
package struct PixelFormat: Sendable, Equatable {
    /// The number types that are read; raw values are their names in a header.
    package enum NumberType: String, Sendable, CaseIterable {
        case uint8, uint16, float32

        package var byteCount: Int {
            switch self {
            case .uint8: 1
            case .uint16: 2
            case .float32: 4
            }
        }
    }

    /// The order of the bytes of a pixel.
    package enum ByteOrder: String, Sendable {
        case little, big
    }

    /// The order of the pixels of a frame.
    package enum PixelOrder: String, Sendable {
        /// Row by row, as C stores `[y][x]`.
        case rows = "C"
        /// Column by column, as Fortran and MATLAB store it; turned into rows on reading.
        case columns = "F"
    }

    package var type: NumberType
    package var byteOrder: ByteOrder
    package var pixelOrder: PixelOrder

    package init(type: NumberType, byteOrder: ByteOrder = .little, pixelOrder: PixelOrder = .rows) {
        self.type = type
        self.byteOrder = byteOrder
        self.pixelOrder = pixelOrder
    }
}

extension PixelFormat.NumberType {
    /// Reads a type name as array-1.0 (`uint16`) or numpy (`<u2`, `>f4`, `|u1`) write it.
    /// - Returns: the type, and the byte order if the name states one; nil if the type is not read here.
    static func parse(_ name: String) -> (type: Self, byteOrder: PixelFormat.ByteOrder?)? {
        var letters = name[...]
        var byteOrder: PixelFormat.ByteOrder?
        switch letters.first {
        case "<": byteOrder = .little
        case ">": byteOrder = .big
        default: break
        }
        if let first = letters.first, "<>=|".contains(first) { letters.removeFirst() }
        switch letters {
        case "uint8", "u1": return (.uint8, byteOrder)
        case "uint16", "u2": return (.uint16, byteOrder)
        case "float32", "f4": return (.float32, byteOrder)
        default: return nil
        }
    }
}
