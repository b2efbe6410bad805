/// A received message of one or more parts, wherever they are kept.
package protocol MessageParts: ~Copyable {
    var partCount: Int { get }
    /// Parts beyond those that are kept.
    var discardedPartCount: Int { get }

    /// The bytes of one part; valid as long as the message is neither changed nor destroyed.
    ///
    /// - Precondition: `0 <= index < partCount`.
    @_lifetime(borrow self)
    func bytes(ofPart index: Int) -> RawSpan
}
