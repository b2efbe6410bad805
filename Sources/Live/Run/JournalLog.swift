package import Foundation
package import Journal
import ZeroMQ

/// The journal as the record that messages go to before they are sent.
package final class JournalLog: MessageLog {
    private var journal: Journal

    /// - Throws: `JournalError` if the file cannot be opened.
    package init(path: String) throws(JournalError) { journal = try Journal(path: path) }

    package var name: String { journal.path }
    package var wasRepaired: Bool { journal.opening == .repaired }

    package func append(_ lines: [Data]) throws { try journal.append(lines) }
}
