package import Imaging

/// What the header of a frame message says; only size and pixel format are always there.
///
/// Encoded it is a superset of array-1.0 (mflow, areaDetector ZMQ clients) and of the PyZMQ recipe
/// (`dtype`, `shape`): each of those readers finds the fields it knows.
package struct FrameHeader: Sendable, Equatable {
    package var size: FrameSize
    package var format: PixelFormat
    /// Acquisition index, 0-based; a gap means a frame lost before or at the sender.
    package var frameIndex: Int?
    /// Number of the message among all of its publisher; a gap means a message lost on the way.
    package var messageNumber: Int?
    package var series: SeriesDetails
    /// Nanoseconds since 1970.
    package var acquisitionNanoseconds: Int64?
    package var sendNanoseconds: Int64?
    /// `timeStamp` where it is all that the sender says of the time, in s since an epoch of its own, see ``SenderClock``.
    package var timeStampSeconds: Double?
    /// Number of significant bits of a pixel; nil means all, so that a camera of fewer bits has to say so in every frame.
    package var bitDepth: Int?

    package init(size: FrameSize, format: PixelFormat, series: SeriesDetails = SeriesDetails()) {
        self.size = size
        self.format = format
        self.series = series
    }

    /// Number of bytes of the frame's pixels.
    package var pixelByteCount: Int { size.pixelCount * format.type.byteCount }

    /// What the pixels are multiplied by; nil if the bit depth does not fit the pixel type.
    package var scaling: PixelScaling? {
        switch format.type {
        case .uint8: PixelScaling(bitDepth: bitDepth, bitsPerPixel: 8)
        case .uint16: PixelScaling(bitDepth: bitDepth, bitsPerPixel: 16)
        case .float32: PixelScaling(floatingPointBitDepth: bitDepth)
        }
    }
}

// MARK: - Decoding

/// What a message may ask for at most.
package struct FrameLimits: Sendable, Equatable {
    /// Largest header, in bytes.
    package var headerBytes = 64 * 1024
    /// Most pixels of a frame.
    package var pixelCount = 2048 * 2048
    /// Most parts of a message, topic and header included.
    package var partCount = 8
    /// Significant bits of the pixels, taken instead of what headers say; nil leaves it to them.
    package var bitDepth: Int?
    /// The channel that is taken if a stream holds several; nil for that of the first frame.
    package var channel: String?

    /// Most pixels along one side: positions within a frame are kept in 16 bits.
    package static let extent = 65535

    package init() {}
}

extension FrameHeader {
    init(_ fields: WireHeader, limits: FrameLimits) throws(FrameRefusal) {
        size = try Self.size(fields, limits: limits)
        format = try Self.format(fields)
        frameIndex = fields.frame
        messageNumber = fields.messageNumber
        series = SeriesDetails(fields)
        acquisitionNanoseconds = fields.acquisitionNanoseconds
        timeStampSeconds = fields.acquisitionNanoseconds == nil ? fields.timeStamp : nil
        sendNanoseconds = fields.sendNanoseconds
        bitDepth = limits.bitDepth ?? fields.bitDepth.flatMap { $0 > 0 ? $0 : nil }
        guard scaling != nil else {
            throw FrameRefusal(
                .conflictingFields,
                "bit_depth \(bitDepth ?? 0) does not fit into pixels of type \(format.type.rawValue)"
            )
        }
    }

    private static func size(_ fields: WireHeader, limits: FrameLimits) throws(FrameRefusal) -> FrameSize {
        guard let shape = fields.shape else {
            let dialect = fields.htype.map { " (htype \"\($0.prefix(40))\")" } ?? ""
            throw FrameRefusal(.missingShape, "the header has no shape\(dialect)")
        }
        let isSingleFrame = shape.dropLast(2).allSatisfy { $0 == 1 }
        guard (2...5).contains(shape.count), isSingleFrame, shape.allSatisfy({ $0 > 0 }) else {
            let text = shape.prefix(8).map(String.init).joined(separator: ",")
            throw FrameRefusal(.invalidShape, "shape [\(text)] is not one grey frame [y,x] or [1,y,x]")
        }
        let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
        let (pixelCount, overflows) = height.multipliedReportingOverflow(by: width)
        guard !overflows, pixelCount <= limits.pixelCount, max(height, width) <= FrameLimits.extent else {
            throw FrameRefusal(
                .frameTooLarge,
                "shape [\(height),\(width)] has more than \(limits.pixelCount) pixels, the configured maximum, "
                    + "or a side longer than \(FrameLimits.extent)"
            )
        }
        return FrameSize(height: height, width: width)
    }

    private static func format(_ fields: WireHeader) throws(FrameRefusal) -> PixelFormat {
        if let encoding = fields.encoding, !encoding.isEmpty {
            throw FrameRefusal(.unsupportedEncoding, "encoding \"\(encoding.prefix(40))\"; send raw pixels")
        }
        let names = [fields.dtype, fields.type].compactMap { $0 }
        guard !names.isEmpty else { throw FrameRefusal(.missingPixelType, "the header has neither type nor dtype") }

        var pixelType: PixelFormat.NumberType?
        var byteOrder = try fields.endianness.map(Self.byteOrder)
        for name in names {
            guard let parsed = PixelFormat.NumberType.parse(name) else {
                throw FrameRefusal(
                    .unsupportedPixelType,
                    "pixels of type \"\(name.prefix(40))\"; send uint8, uint16 or float32"
                )
            }
            let typesAgree = pixelType == nil || pixelType == parsed.type
            let ordersAgree = byteOrder == nil || parsed.byteOrder == nil || byteOrder == parsed.byteOrder
            guard typesAgree, parsed.type == .uint8 || ordersAgree else {
                throw FrameRefusal(.conflictingFields, "type, dtype and endianness contradict each other")
            }
            pixelType = parsed.type
            byteOrder = byteOrder ?? parsed.byteOrder
        }

        var pixelOrder = PixelFormat.PixelOrder.rows
        if let order = fields.order {
            guard let known = PixelFormat.PixelOrder(rawValue: order.uppercased()) else {
                throw FrameRefusal(.unsupportedOrder, "order \"\(order.prefix(40))\"; send C or F")
            }
            pixelOrder = known
        }
        return PixelFormat(type: pixelType ?? .uint16, byteOrder: byteOrder ?? .little, pixelOrder: pixelOrder)
    }

    private static func byteOrder(_ name: String) throws(FrameRefusal) -> PixelFormat.ByteOrder {
        switch name.lowercased() {
        case "little", "<", "": return .little
        case "big", ">": return .big
        default: throw FrameRefusal(.invalidField, "endianness \"\(name.prefix(40))\" is neither little nor big")
        }
    }
}

// MARK: - Encoding

extension FrameHeader {
    /// The header as JSON, with every field that has a value.
    package func json() -> [UInt8] {
        var fields = WireHeader()
        series.write(to: &fields)
        fields.htype = "array-1.0"
        fields.type = format.type.rawValue
        fields.dtype = dtype
        fields.shape = [size.height, size.width]
        fields.order = format.pixelOrder.rawValue
        fields.endianness = format.byteOrder.rawValue
        fields.encoding = ""
        fields.frame = frameIndex
        fields.timeStamp = acquisitionNanoseconds.map { Double($0) / 1e9 } ?? timeStampSeconds
        fields.messageNumber = messageNumber
        fields.acquisitionNanoseconds = acquisitionNanoseconds
        fields.sendNanoseconds = sendNanoseconds
        fields.bitDepth = bitDepth
        fields.version = 1
        return fields.json()
    }

    /// The numpy name of the pixels; only big-endian ones need the byte order in it.
    private var dtype: String {
        switch (format.type, format.byteOrder) {
        case (.uint16, .big): ">u2"
        case (.float32, .big): ">f4"
        default: format.type.rawValue
        }
    }
}
