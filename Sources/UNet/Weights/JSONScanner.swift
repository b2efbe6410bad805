/// Reads the few forms of JSON that a safetensors header consists of, strictly.
///
/// Unlike a general parser it reports every key, so that the caller can refuse those that appear twice, and
/// takes only natural numbers, so that none is rounded. It never recurses deeper than its caller does.
struct JSONScanner {
    private let bytes: [UInt8]
    /// Index of the next byte.
    private(set) var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func error(_ reason: String) -> UNetError {
        .malformedHeader(byteOffset: offset, reason: reason)
    }

    /// Checks that only white space is left.
    mutating func end() throws(UNetError) {
        skipSpace()
        guard offset == bytes.count else { throw error("unexpected text after the object") }
    }

    /// Reads an object; `value` reads what belongs to each key.
    mutating func object(
        _ value: (inout JSONScanner, String) throws(UNetError) -> Void
    ) throws(UNetError) {
        try expect("{")
        if skip("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try value(&self, key)
        } while skip(",")
        try expect("}")
    }

    /// Reads an array of integers from 0 to the largest `Int`.
    mutating func naturalNumbers() throws(UNetError) -> [Int] {
        try expect("[")
        var numbers: [Int] = []
        if skip("]") { return numbers }
        repeat { numbers.append(try naturalNumber()) } while skip(",")
        try expect("]")
        return numbers
    }

    /// Reads a string with its escapes resolved.
    mutating func string() throws(UNetError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw error("text is not UTF-8") }
                offset += 1
                return string
            case UInt8(ascii: "\\"):
                offset += 1
                text.append(contentsOf: try escapedCharacter())
            case 0..<0x20:
                throw error("control character in a string")
            default:
                offset += 1
                text.append(byte)
            }
        }
        throw error("string without end")
    }

    private mutating func naturalNumber() throws(UNetError) -> Int {
        skipSpace()
        let start = offset
        var number = 0
        while offset < bytes.count, let digit = Self.hexDigit(bytes[offset]), digit < 10 {
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit))
            guard !overflow, !carry else { throw error("number is too large") }
            number = sum
            offset += 1
        }
        guard offset > start else { throw error("expected a natural number") }
        guard offset == start + 1 || bytes[start] != UInt8(ascii: "0") else { throw error("number starts with 0") }
        return number
    }

    private mutating func escapedCharacter() throws(UNetError) -> [UInt8] {
        guard offset < bytes.count else { throw error("string without end") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try escapedScalar()
        default: throw error("unknown escape")
        }
    }

    /// Reads the four digits of `\uXXXX`, and those of the second half if they name a surrogate pair.
    private mutating func escapedScalar() throws(UNetError) -> [UInt8] {
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]) {
            guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
            else { throw error("half a surrogate pair") }
            offset += 2
            units.append(try codeUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw error("half a surrogate pair") }
        return Array(text.utf8)
    }

    private mutating func codeUnit() throws(UNetError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard offset < bytes.count, let digit = Self.hexDigit(bytes[offset]) else {
                throw error("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) {
            offset += 1
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(UNetError) {
        guard skip(character) else { throw error("expected '\(character)'") }
    }
}
