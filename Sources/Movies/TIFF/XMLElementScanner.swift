/// Finds start tags by name in XML text, without building a tree and without following anything that it refers to.
///
/// Namespace prefixes are ignored. Malformed text ends the scan or yields fewer attributes, never an error.
struct XMLElementScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Makes the next call of ``next(among:)`` return nil.
    mutating func stop() { position = bytes.count }

    /// The next start tag with one of the names, with its attributes.
    ///
    /// - Complexity: O(bytes passed over).
    mutating func next(among names: Set<String>) -> (name: String, attributes: [String: String])? {
        while skip(past: "<") {
            if bytes[position...].starts(with: "!--".utf8) {
                while skip(past: "-"), !bytes[position...].starts(with: "->".utf8) {}
                continue
            }
            let name = word()
            let localName = name.split(separator: ":").last.map(String.init) ?? ""
            if names.contains(localName) { return (localName, attributes()) }
        }
        return nil
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Moves behind the next `character`; false at the end of the text.
    private mutating func skip(past character: Unicode.Scalar) -> Bool {
        guard let found = bytes[position...].firstIndex(of: UInt8(ascii: character)) else {
            stop()
            return false
        }
        position = found + 1
        return true
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// The characters up to a space, `=`, `/`, `>` or `<`.
    private mutating func word() -> String {
        let end = bytes[position...].firstIndex { Self.isSpace($0) || "=/><".utf8.contains($0) } ?? bytes.count
        defer { position = end }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func skipSpaces() {
        while let byte = current, Self.isSpace(byte) { position += 1 }
    }

    /// The attributes up to the end of the tag.
    private mutating func attributes() -> [String: String] {
        var attributes: [String: String] = [:]
        while true {
            skipSpaces()
            let key = word()
            skipSpaces()
            guard !key.isEmpty, current == UInt8(ascii: "=") else { return attributes }
            position += 1
            skipSpaces()
            guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
                let end = bytes[(position + 1)...].firstIndex(of: quote)
            else {
                stop()
                return attributes
            }
            attributes[key] = Self.unescaped(String(decoding: bytes[(position + 1)..<end], as: UTF8.self))
            position = end + 1
        }
    }

    /// Replaces character references such as `&#181;` and the five named ones.
    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var parts = text.split(separator: "&", omittingEmptySubsequences: false)
        var result = String(parts.removeFirst())
        for part in parts {
            guard let end = part.firstIndex(of: ";"), let character = character(named: part[..<end]) else {
                result += "&" + part
                continue
            }
            result.unicodeScalars.append(character)
            result += part[part.index(after: end)...]
        }
        return result
    }

    private static func character(named name: Substring) -> Unicode.Scalar? {
        let named: [Substring: Unicode.Scalar] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        if let character = named[name] { return character }
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let code = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init)
    }
}
