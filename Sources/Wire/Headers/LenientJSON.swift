/// JSON as programs write it that print numbers without looking: `NaN`, `Infinity`, `-nan`, `inf`, `1.#QNAN`.
///
/// Such words are no JSON. They are replaced by `null`, and the fields that held them are named.
enum LenientJSON {
    /// - Parameter bytes: Untrusted text.
    /// - Returns: JSON with `null` in the place of such words, and the names of the outermost fields; nil if there is none.
    /// - Complexity: O(bytes)
    static func withoutNonNumbers(_ bytes: [UInt8]) -> (json: [UInt8], fields: [String])? {
        var json: [UInt8] = []
        var fields: [String] = []
        var (depth, position) = (0, 0)
        var field = ""
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let end = endOfText(bytes, from: position)
                let text = bytes[position..<end]
                json += text
                position = end
                if depth == 1, follows(bytes, from: end, UInt8(ascii: ":")) {
                    field = String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
                }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default:
                let end = bytes[position...].firstIndex { !isOfWord($0) } ?? bytes.count
                if end > position {
                    if isNonNumber(bytes[position..<end]) {
                        json += Array("null".utf8)
                        if fields.last != field, fields.count < 64 { fields.append(field) }
                    } else {
                        json += bytes[position..<end]
                    }
                    position = end
                    continue
                }
            }
            json.append(byte)
            position += 1
        }
        return fields.isEmpty ? nil : (json, fields)
    }

    /// The position after the text that begins at `start`.
    private static func endOfText(_ bytes: [UInt8], from start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, bytes.count)
    }

    private static func follows(_ bytes: [UInt8], from start: Int, _ wanted: UInt8) -> Bool {
        bytes[start...].first { $0 > 0x20 } == wanted
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "+-.#()_".utf8.contains(byte)
        }
    }

    private static func isNonNumber(_ word: ArraySlice<UInt8>) -> Bool {
        guard word.count <= 16 else { return false }
        var text = String(decoding: word, as: UTF8.self).lowercased()
        if let sign = text.first, "+-".contains(sign) { text.removeFirst() }
        return text.hasPrefix("nan") || text == "inf" || text == "infinity" || text.hasPrefix("1.#")
    }
}
