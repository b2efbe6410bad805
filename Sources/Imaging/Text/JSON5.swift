package import Foundation

/// Reads files that people write: JSON with comments, single quotes and bare keys.
package enum JSON5 {
    /// Decodes a value.
    ///
    /// - Throws: `DecodingError`, also for bytes that are no UTF-8: with these in a bare key Foundation ends the process.
    package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        guard String(validating: data, as: UTF8.self) != nil else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "the file is not text in UTF-8")
            )
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        return try decoder.decode(type, from: data)
    }
}
