package import Foundation

/// JSON as it is published, journalled and kept in files: one line, keys sorted, so that equal messages are equal text.
package enum PlainJSON {
    /// - Throws: `EncodingError` for numbers that are not finite.
    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// - Throws: `DecodingError`
    package static func decode<Value: Decodable>(_ type: Value.Type, from json: Data) throws -> Value {
        try JSONDecoder().decode(type, from: json)
    }
}
