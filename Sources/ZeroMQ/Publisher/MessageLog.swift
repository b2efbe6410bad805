package import Foundation

/// A record of published messages, kept before they are sent; stays on the publisher's thread.
package protocol MessageLog: AnyObject {
    /// For notices.
    var name: String { get }
    /// True if the last line of an earlier run had no end and was closed.
    var wasRepaired: Bool { get }

    /// Keeps lines, all of them or none.
    ///
    /// - Throws: an error in words if they could not be kept.
    func append(_ lines: [Data]) throws

    /// What to say if the record had to be begun anew since the last call; nil if it had not.
    func drainReplacement() -> String?
}
