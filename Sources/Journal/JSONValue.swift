/// Any JSON, for comparing messages without knowing their fields.
enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Every value that is no object, by its place: keys joined by dots.
    func fields(under path: String = "") -> [String: JSONValue] {
        guard case .object(let members) = self else { return [path: self] }
        return members.reduce(into: [:]) { fields, member in
            let place = path.isEmpty ? member.key : "\(path).\(member.key)"
            fields.merge(member.value.fields(under: place)) { _, new in new }
        }
    }

    var asText: String? { if case .text(let text) = self { text } else { nil } }
}

extension JSONValue: CustomStringConvertible {
    var description: String {
        switch self {
        case .null: "null"
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): "\"\(value)\""
        case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
        case .object(let members): "{\(members.count) members}"
        }
    }
}
