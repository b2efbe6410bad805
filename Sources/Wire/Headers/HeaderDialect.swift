/// How a family of senders words what stands in front of the pixels.
///
/// A new one is a type in a file of its own and its entry in ``all``.
protocol HeaderDialect: Sendable {
    /// True if a part of a message is a header of this dialect.
    static func recognises(_ part: RawSpan) -> Bool

    /// What the header says, in the fields of array-1.0.
    ///
    /// - Parameter part: Untrusted bytes; the caller bounds their number.
    /// - Returns: Absent fields are nil.
    /// - Throws: a ``FrameRefusal`` that names the field.
    static func fields(of part: RawSpan) throws(FrameRefusal) -> WireHeader
}

/// The dialects in the order in which they are asked.
enum HeaderDialects {
    static let all: [any HeaderDialect.Type] = [JSONDialect.self]
}

/// One JSON object: array-1.0 and the PyZMQ recipe with the other spellings that are in use, see ``WireHeader``.
enum JSONDialect: HeaderDialect {
    static func recognises(_ part: RawSpan) -> Bool {
        part.byteCount > 0 && part.unsafeLoad(as: UInt8.self) == UInt8(ascii: "{")
    }

    static func fields(of part: RawSpan) throws(FrameRefusal) -> WireHeader { try WireHeader(json: part) }
}
