/// A message as it was understood: `[optional topic] [header] [pixels]`.
package enum FrameMessage: Sendable, Equatable {
    /// A frame and the parts that hold its pixels; their sizes fit the header.
    case frame(FrameHeader, pixelParts: Range<Int>)
    case seriesStart(SeriesStartHeader)
    case seriesEnd(SeriesEndHeader)
    case refused(FrameRefusal)

    /// Reads a message from an untrusted sender; nothing is allocated by what its header claims.
    package init(decoding message: borrowing some MessageParts & ~Copyable, limits: FrameLimits = FrameLimits()) {
        do throws(FrameRefusal) {
            self = try Self.decode(message, limits: limits)
        } catch {
            self = .refused(error)
        }
    }

    private static func decode(
        _ message: borrowing some MessageParts & ~Copyable,
        limits: FrameLimits
    ) throws(FrameRefusal) -> FrameMessage {
        let partCount = message.partCount + message.discardedPartCount
        guard message.discardedPartCount == 0, partCount <= limits.partCount else {
            throw FrameRefusal(.tooManyParts, "\(partCount) parts, more than \(limits.partCount)")
        }
        guard let (headerPart, dialect) = header(of: message) else {
            throw FrameRefusal(.noHeader, "neither of the first two of \(partCount) parts starts with {")
        }
        let bytes = message.bytes(ofPart: headerPart)
        guard bytes.byteCount <= limits.headerBytes else {
            throw FrameRefusal(.headerTooLarge, "a header of \(bytes.byteCount) bytes, more than \(limits.headerBytes)")
        }
        let fields = try dialect.fields(of: bytes)
        let pixelParts = headerPart + 1..<message.partCount
        var byteCount = 0
        for part in pixelParts { byteCount += message.bytes(ofPart: part).byteCount }

        switch fields.htype {
        case SeriesStartHeader.htype: return .seriesStart(SeriesStartHeader(fields))
        case SeriesEndHeader.htype, SeriesEndHeader.dectrisHtype: return .seriesEnd(SeriesEndHeader(fields))
        default: break
        }
        // slsDetector ends a series with a header that has no data.
        if fields.data == 0, byteCount == 0 { return .seriesEnd(SeriesEndHeader(fields)) }

        let header = try FrameHeader(fields, limits: limits)
        guard byteCount > 0 else { throw FrameRefusal(.missingPixels, "no pixels follow the header") }
        guard byteCount == header.pixelByteCount else {
            throw FrameRefusal(
                .wrongByteCount,
                "\(byteCount) bytes of pixels where \(header.size) of type \(header.format.type.rawValue) "
                    + "take \(header.pixelByteCount)"
            )
        }
        for part in pixelParts {
            let count = message.bytes(ofPart: part).byteCount
            guard count.isMultiple(of: header.format.type.byteCount) else {
                throw FrameRefusal(.wrongByteCount, "a segment of \(count) bytes ends within a pixel")
            }
        }
        return .frame(header, pixelParts: pixelParts)
    }

    /// The first part if that is a header, or the second one behind a topic.
    private static func header(
        of message: borrowing some MessageParts & ~Copyable
    ) -> (part: Int, dialect: any HeaderDialect.Type)? {
        for part in 0..<min(2, message.partCount) {
            for dialect in HeaderDialects.all where dialect.recognises(message.bytes(ofPart: part)) {
                return (part, dialect)
            }
        }
        return nil
    }
}
