package import Foundation
package import Journal
import ZeroMQ

/// The journal as the record that messages go to before they are sent; another one where it disappears.
package final class JournalLog: MessageLog {
    private let nextPath: () throws -> String
    private var journal: Journal
    private var replacement: String?

    /// - Parameters:
    ///   - path: Where the journal is.
    ///   - nextPath: Where to go on if it disappears; nil for the same place.
    /// - Throws: `JournalError` if the file cannot be opened.
    package init(path: String, nextPath: (() throws -> String)? = nil) throws(JournalError) {
        self.nextPath = nextPath ?? { path }
        journal = try Journal(path: path)
    }

    package var name: String { journal.path }
    package var wasRepaired: Bool { journal.opening == .repaired }

    package func append(_ lines: [Data]) throws {
        if journal.isGone {
            let gone = journal.path
            journal = try Journal(path: try nextPath())
            replacement =
                "the journal \(gone) is gone, and what it held with it: somebody deleted or moved it; going on in "
                + "\(journal.path)"
        }
        try journal.append(lines)
    }

    package func drainReplacement() -> String? {
        defer { replacement = nil }
        return replacement
    }
}
