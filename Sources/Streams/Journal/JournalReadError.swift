import Foundation

/// Why a journal is of no use.
public enum JournalReadError: Error, Equatable {
    case unreadable(path: String, reason: String)
    /// Not one line is a message of Sparkwatch.
    case noMessages(path: String)

    static func read(_ path: String) throws(JournalReadError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}

extension JournalReadError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "the journal \(path) cannot be read: \(reason) Check the path."
        case .noMessages(let path):
            "\(path) holds no messages; give a journal (.jsonl) of `sparkwatch live` or `analyze --streaming`."
        }
    }
}
