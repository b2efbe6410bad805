import Foundation

/// The JSON object in front of the pixels, field by field, before anything is concluded from it.
///
/// Fields that decide how a frame is read must have the right type, or decoding throws a ``FrameRefusal``.
/// Fields that only describe it are left out if they are of another type.
struct WireHeader: Equatable {
    var htype: String?
    var type: String?
    var dtype: String?
    var shape: [Int]?
    var order: String?
    var endianness: String?
    var encoding: String?
    var frame: Int?
    var source: String?
    var timeStamp: Double?
    var seriesID: String?
    var messageNumber: Int?
    var acquisitionNanoseconds: Int64?
    var sendNanoseconds: Int64?
    var frameIntervalMilliseconds: Double?
    /// One number for both directions, or `[y, x]`.
    var pixelSizeMicrometres: [Double]?
    var channel: String?
    var bitDepth: Int?
    var numberOfImages: Int?
    var framesSent: Int?
    var version: Int?
    /// slsDetector: 0 in the message that ends a series.
    var data: Int?
    /// Fields that held NaN or Infinity instead of a number.
    var nonNumbers: [String] = []

    /// Indices and counts beyond this are damaged, and would overflow sums of a few of them.
    private static let largestCount = 1 << 52
    /// Longest name that is kept, in bytes of UTF-8.
    private static let longestName = 256

    init() {}

    /// Decodes one JSON object.
    /// - Parameter json: untrusted bytes; the caller bounds their number.
    /// - Throws: a ``FrameRefusal`` that names the field.
    init(json: RawSpan) throws(FrameRefusal) {
        let data = json.withUnsafeBytes { Data($0) }
        if let header = try Self.decoded(data) {
            self = header
            return
        }
        guard let lenient = LenientJSON.withoutNonNumbers(Array(data)),
            var header = try Self.decoded(Data(lenient.json))
        else { throw FrameRefusal(.badJSON, "the header of \(data.count) bytes is not a JSON object") }
        if let field = lenient.fields.first(where: Self.decisiveFields.contains) {
            throw FrameRefusal(.invalidField, "\(field) is NaN or Infinity; send a number, or leave the field out")
        }
        header.nonNumbers = lenient.fields
        self = header
    }

    /// Fields that decide how a frame is read or where it belongs.
    private static let decisiveFields: Set<String> = [
        "shape", "type", "dtype", "order", "endianness", "endianess", "encoding", "compression", "frame", "message_num",
        "series_id", "bit_depth", "data",
    ]

    /// - Returns: Nil if the bytes are no JSON object.
    private static func decoded(_ data: Data) throws(FrameRefusal) -> WireHeader? {
        do {
            return try JSONDecoder().decode(WireHeader.self, from: data)
        } catch let refusal as FrameRefusal {
            throw refusal
        } catch {
            return nil
        }
    }

    /// The header as JSON, its fields in alphabetical order, absent ones left out.
    /// - Precondition: every number is finite.
    func json() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self))
        } catch {
            preconditionFailure("a header of finite numbers can be encoded: \(error)")
        }
    }
}

extension WireHeader: Codable {
    enum CodingKeys: String, CodingKey {
        case htype, type, dtype, shape, order, endianness, encoding, frame, source, timeStamp, channel, version, data
        case seriesID = "series_id"
        case messageNumber = "message_num"
        case acquisitionNanoseconds = "t_acq_ns"
        case sendNanoseconds = "t_send_ns"
        case frameIntervalMilliseconds = "frame_interval_ms"
        case pixelSizeMicrometres = "pixel_size_um"
        case bitDepth = "bit_depth"
        case numberOfImages = "number_of_images"
        case framesSent = "frames_sent"
    }

    /// Other spellings that are in use.
    private enum Alias: String, CodingKey {
        case endianess, compression
        case channelName = "channel_name"
        case channelIndex = "channel_index"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let aliases = try decoder.container(keyedBy: Alias.self)
        // htype is a name or, in some senders, a list of one name.
        htype =
            (try? fields.decodeIfPresent(String.self, forKey: .htype))
            ?? (try? fields.decodeIfPresent([String].self, forKey: .htype))?.first
        type = try Self.required(fields, .type)
        dtype = try Self.required(fields, .dtype)
        shape = try Self.shape(fields)
        order = try Self.required(fields, .order)
        endianness = try Self.required(fields, .endianness) ?? Self.required(aliases, .endianess)
        encoding = try Self.encoding(Self.required(fields, .encoding), Self.required(aliases, .compression))
        frame = try Self.count(fields, .frame)
        messageNumber = try Self.count(fields, .messageNumber)
        seriesID = try Self.identifier(fields, .seriesID)
        bitDepth = try Self.count(fields, .bitDepth)
        numberOfImages = Self.optional(fields, .numberOfImages).flatMap {
            (0...Self.largestCount).contains($0) ? $0 : nil
        }
        framesSent = Self.optional(fields, .framesSent).flatMap { (0...Self.largestCount).contains($0) ? $0 : nil }
        source = Self.name(fields, .source)
        channel = Self.name(fields, .channel) ?? Self.name(aliases, .channelName) ?? Self.name(aliases, .channelIndex)
        timeStamp = Self.optional(fields, .timeStamp)
        acquisitionNanoseconds = Self.optional(fields, .acquisitionNanoseconds)
        sendNanoseconds = Self.optional(fields, .sendNanoseconds)
        frameIntervalMilliseconds = Self.optional(fields, .frameIntervalMilliseconds)
        pixelSizeMicrometres =
            Self.optional(fields, .pixelSizeMicrometres) ?? Self.optional(fields, .pixelSizeMicrometres).map { [$0] }
        version = Self.optional(fields, .version)
        data = Self.optional(fields, .data) ?? Self.optional(fields, .data).map { (flag: Bool) in flag ? 1 : 0 }
    }

    private static func required<Key: CodingKey>(
        _ fields: KeyedDecodingContainer<Key>,
        _ key: Key
    ) throws(FrameRefusal) -> String? {
        do {
            return try fields.decodeIfPresent(String.self, forKey: key)
        } catch {
            throw FrameRefusal(.invalidField, "\(key.stringValue) is not text")
        }
    }

    private static func shape(_ fields: KeyedDecodingContainer<CodingKeys>) throws(FrameRefusal) -> [Int]? {
        do {
            return try fields.decodeIfPresent([Int].self, forKey: .shape)
        } catch {
            throw FrameRefusal(.invalidShape, "shape is not a list of whole numbers")
        }
    }

    private static func count(
        _ fields: KeyedDecodingContainer<CodingKeys>,
        _ key: CodingKeys
    ) throws(FrameRefusal) -> Int? {
        let value: Int?
        do {
            value = try fields.decodeIfPresent(Int.self, forKey: key)
        } catch {
            throw FrameRefusal(.invalidField, "\(key.stringValue) is not a whole number")
        }
        if let value, !(0...largestCount).contains(value) {
            throw FrameRefusal(.invalidField, "\(key.stringValue) is \(value), not between 0 and 2^52")
        }
        return value
    }

    /// Text, or a whole number as some detectors count their series.
    private static func identifier(
        _ fields: KeyedDecodingContainer<CodingKeys>,
        _ key: CodingKeys
    ) throws(FrameRefusal) -> String? {
        let number: Int? = optional(fields, key)
        let text: String?
        if let number { text = String(number) } else { text = try required(fields, key) }
        if let text, text.utf8.count > longestName {
            throw FrameRefusal(.invalidField, "\(key.stringValue) is longer than \(longestName) bytes")
        }
        return text
    }

    private static func encoding(_ encoding: String?, _ compression: String?) -> String? {
        let isRaw = { (name: String) in ["", "none", "raw"].contains(name.lowercased()) }
        if let encoding, !isRaw(encoding) { return encoding }
        if let compression, !isRaw(compression) { return compression }
        return encoding == nil ? nil : ""
    }

    /// Text, or a whole number as programs count channels.
    private static func name<Key: CodingKey>(_ fields: KeyedDecodingContainer<Key>, _ key: Key) -> String? {
        let number: Int? = optional(fields, key)
        let text: String? = number.map { String($0) } ?? optional(fields, key)
        return text.flatMap { $0.isEmpty || $0.utf8.count > longestName ? nil : $0 }
    }

    private static func optional<Key: CodingKey, Value: Decodable>(
        _ fields: KeyedDecodingContainer<Key>,
        _ key: Key
    ) -> Value? {
        try? fields.decodeIfPresent(Value.self, forKey: key)
    }
}
