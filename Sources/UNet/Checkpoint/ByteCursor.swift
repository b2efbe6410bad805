/// Takes little-endian numbers and runs of bytes one after the other; nil where the bytes end before.
struct ByteCursor {
    private let bytes: [UInt8]
    /// Index of the next byte.
    private(set) var offset = 0

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    var remainingCount: Int { bytes.count - offset }

    mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        guard let taken = read(Number.bitWidth / 8) else { return nil }
        return taken.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    mutating func read(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= remainingCount else { return nil }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    /// The bytes up to a line feed, which is taken too but not returned; nil if it is not among the first `limit`.
    mutating func line(limit: Int) -> ArraySlice<UInt8>? {
        let reach = bytes[offset..<offset + min(limit, remainingCount)]
        guard let end = reach.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { offset = end + 1 }
        return bytes[offset..<end]
    }
}
