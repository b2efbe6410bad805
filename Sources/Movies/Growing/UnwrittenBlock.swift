/// Tells places that a program has not written yet: file systems hand them out as zeros.
///
/// A writer that reserves the whole file beforehand, or a network drive that brings pieces out of order, leaves blocks of
/// zeros within a page that looks complete. Blocks of a file are at least 4096 bytes, wherever they lie in a page, so
/// one of them holds a whole piece of half that length.
package enum UnwrittenBlock {
    private static let pieceByteCount = 2048
    /// A rest that is shorter says nothing.
    private static let shortestPiece = 64

    /// True if a piece of the bytes holds nothing but zeros.
    ///
    /// - Complexity: O(bytes), a fraction of it where there are none.
    package static func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
            let end = min(start + pieceByteCount, bytes.count)
            guard end - start >= shortestPiece else { return false }
            if bytes[start..<end].allSatisfy({ $0 == 0 }) { return true }
        }
        return false
    }
}
