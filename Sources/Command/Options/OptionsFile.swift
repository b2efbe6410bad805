import ArgumentParser
import Foundation
import Imaging

/// Reads options of a command from a JSON5 file: every key is the camel-case name of an option.
///
/// The file becomes arguments in front of the command line's own, so one parser checks both and the command
/// line wins.
struct OptionsFile {
    let arguments: [String]

    /// Reads `url` for the options that `command` declares, also those in its groups and in the groups of these.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - command: Whose options the keys are.
    ///   - excluded: Options of the command that a file may not hold, such as the one that names the file.
    /// - Throws: ``OptionsFileError`` if the file cannot be read, is not JSON5, or holds an unknown key.
    init(
        _ url: URL,
        for command: any ParsableArguments.Type,
        without excluded: Set<String>
    ) throws(OptionsFileError) {
        let values = try Self.values(in: url)
        let known = Set(Self.optionNames(of: command)).subtracting(excluded)
        if let key = values.keys.sorted().first(where: { !known.contains($0) }) {
            throw .unknownKey(url, key, known: known.sorted())
        }
        arguments = values.sorted { $0.key < $1.key }.compactMap { key, value in
            let option = Self.kebabCase(key)
            return switch value {
            case .flag(let isOn): isOn ? "--\(option)" : "--no-\(option)"
            case .text(let text): "--\(option)=\(text)"
            case .absent: nil
            }
        }
    }

    private enum Value: Decodable {
        case flag(Bool)
        case text(String)
        case absent

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .absent
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let integer = try? container.decode(Int.self) {
                self = .text(String(integer))
            } else if let number = try? container.decode(Double.self) {
                self = .text(String(number))
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    private static let maximumByteCount = 1 << 20

    private static func values(in url: URL) throws(OptionsFileError) -> [String: Value] {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw .unreadable(url, error.localizedDescription)
        }
        guard data.count <= maximumByteCount else { throw .tooLarge(url, byteCount: data.count) }
        do {
            return try JSON5.decode([String: Value].self, from: data)
        } catch {
            throw .malformed(url, reason(error))
        }
    }

    /// The place and the complaint of a decoding error.
    private static func reason(_ error: any Error) -> String {
        let context: DecodingError.Context
        switch error as? DecodingError {
        case .dataCorrupted(let found), .keyNotFound(_, let found): context = found
        case .typeMismatch(_, let found), .valueNotFound(_, let found): context = found
        default: return error.localizedDescription
        }
        if let key = context.codingPath.first?.stringValue { return "the value of '\(key)' is none of these" }
        let complaint = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
        return complaint ?? context.debugDescription
    }

    private static func optionNames(of group: any ParsableArguments.Type) -> [String] {
        Mirror(reflecting: group.init()).children.flatMap { child in
            if let nested = child.value as? any NestedOptions { return optionNames(of: type(of: nested).group) }
            return child.label.map { [String($0.drop { $0 == "_" })] } ?? []
        }
    }

    private static func kebabCase(_ key: String) -> String {
        key.reduce(into: "") { text, character in
            text += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }
}

/// A group of options within a command or another group: its name is no option, those of its members are.
private protocol NestedOptions {
    static var group: any ParsableArguments.Type { get }
}

extension OptionGroup: NestedOptions {
    static var group: any ParsableArguments.Type { Value.self }
}

/// Why an options file was refused.
enum OptionsFileError: Error, CustomStringConvertible {
    case unreadable(URL, String)
    case tooLarge(URL, byteCount: Int)
    case malformed(URL, String)
    case unknownKey(URL, String, known: [String])

    /// Foundation ends some of its reasons with a full stop, and some not.
    private static func sentence(_ reason: String) -> String { reason.hasSuffix(".") ? reason : reason + "." }

    var description: String {
        switch self {
        case .unreadable(let url, let reason):
            "The configuration \(url.path) cannot be read: \(Self.sentence(reason)) Check the path."
        case .tooLarge(let url, let byteCount):
            "\(url.path) has \(byteCount) bytes; a configuration has at most 1 MiB. Is it the right file?"
        case .malformed(let url, let reason):
            "\(url.path) is not a JSON5 object of numbers, texts, true and false: \(Self.sentence(reason)) "
                + "Config/live.json5 is an example."
        case .unknownKey(let url, let key, let known):
            "\(url.path) holds the unknown key '\(key)'. Known keys: \(known.joined(separator: ", "))."
        }
    }
}
