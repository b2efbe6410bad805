package import Foundation

/// Why a journal is of no use.
package enum JournalReadError: Error, Equatable {
    case unreadable(path: String, reason: String)
    /// Not one line says anything about events.
    case noMessages(path: String)

    /// The bytes of a journal.
    package static func read(_ path: String) throws(JournalReadError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}

extension JournalReadError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "the journal \(path) cannot be read: \(reason) Check the path."
        case .noMessages(let path):
            "\(path) holds no events; give a journal (.jsonl) of `sparkwatch live` or `analyze --streaming`."
        }
    }
}
