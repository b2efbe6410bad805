import Imaging
import TestSupport
import Testing
import Wire
import ZeroMQ

@Suite("Frame messages under fire")
struct FrameFuzzTests {
    private static let valid = """
        {"htype":"array-1.0","type":"uint16","dtype":"<u2","shape":[1,4,3],"order":"C","endianness":"little",\
        "encoding":"","frame":4711,"source":"rig","timeStamp":1763822907.1,"series_id":"7f0c","message_num":4712,\
        "t_acq_ns":1763822907123456789,"frame_interval_ms":6.8,"pixel_size_um":[0.2,0.2],"bit_depth":16,"version":1}
        """

    /// Decodes and, if it is a frame, reads its pixels: neither may trap.
    @discardableResult
    private static func survive(_ parts: [[UInt8]]) -> FrameMessage {
        let message = ZeroMQMessage(parts: parts)
        let decoded = FrameMessage(decoding: message)
        if case .frame(let header, let pixelParts) = decoded {
            let byteCount = pixelParts.reduce(0) { $0 + parts[$1].count }
            #expect(header.pixelByteCount == byteCount, "never more memory than the message itself brought")
            var counts = [Float](repeating: 0, count: header.size.pixelCount)
            var span = counts.mutableSpan
            try? PixelReader.read(message, header: header, parts: pixelParts, into: &span)
        }
        return decoded
    }

    @Test("Random bytes are refused", arguments: 0..<20)
    func randomBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let parts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            #expect(refusal(Self.survive(parts)) != nil)
            #expect(refusal(Self.survive([Array("{".utf8) + parts[0]] + parts)) != nil)
        }
    }

    @Test("Damaged headers are read or refused, and never claim memory", arguments: 0..<40)
    func mutatedHeaders(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let tokens = ["-", "9", "1e308", "null", "[", "]", "{", "}", "\"", ",", "\\u0000", "NaN", "true", "é", "\u{0}"]
        for _ in 0..<200 {
            var bytes = Array(Self.valid.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 5))
                case 2: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
                default: bytes.removeSubrange(place...)
                }
                if bytes.isEmpty { bytes = [123] }
            }
            let pixels = (0..<24).map { _ in UInt8.random(in: 0...255, using: &random) }
            Self.survive([bytes, pixels])
        }
    }

    @Test("Every cut of a message is refused, every flipped bit of its header survived")
    func cutsAndFlips() {
        let header = Array(Self.valid.utf8)
        let pixels = [UInt8](repeating: 1, count: 24)
        #expect(frame(Self.survive([header, pixels])) != nil)
        for length in 0..<header.count {
            #expect(refusal(Self.survive([Array(header.prefix(length)), pixels])) != nil)
        }
        for length in 0..<pixels.count {
            #expect(refusal(Self.survive([header, Array(pixels.prefix(length))])) != nil)
        }
        for bit in 0..<header.count * 8 {
            var damaged = header
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            Self.survive([damaged, pixels])
        }
    }

    @Test(
        "Hostile JSON is refused",
        arguments: [
            "{\"a\":" + String(repeating: "[", count: 60_000),
            String(repeating: "{\"a\":", count: 12_000),
            "{\"shape\":[" + String(repeating: "1,", count: 30_000) + "1],\"dtype\":\"uint8\"}",
            "{\"dtype\":\"uint8\",\"shape\":[" + String(repeating: "9", count: 5000) + ",1]}",
            "{\"dtype\":\"uint8\",\"shape\":[2147483648,2147483648]}",
            "{\"dtype\":\"float32\",\"shape\":[3037000500,3037000500]}",
            "{\"dtype\":\"" + String(repeating: "u", count: 60_000) + "\",\"shape\":[1,1]}",
            "{\"dtype\":\"uint8\",\"shape\":[1,1],\"series_id\":\"" + String(repeating: "é", count: 20_000) + "\"}",
            "{\"dtype\":\"uint8\",\"shape\":{\"0\":1}}",
            "{\"dtype\":[\"uint8\"],\"shape\":[1,1]}",
        ]
    )
    func hostileJSON(header: String) {
        #expect(refusal(Self.survive([Array(header.utf8), [0]])) != nil)
    }

    @Test("Doubled keys and huge numbers in descriptive fields do no harm")
    func oddButHarmless() {
        let doubled = #"{"dtype":"uint8","dtype":"uint8","shape":[1,1],"shape":[1,1],"frame":1,"frame":2}"#
        #expect(frame(Self.survive([Array(doubled.utf8), [0]]))?.size.pixelCount == 1)
        let huge =
            #"{"dtype":"uint8","shape":[1,1],"timeStamp":1e300,"frame_interval_ms":1e300,"pixel_size_um":[-1,0]}"#
        let header = frame(Self.survive([Array(huge.utf8), [0]]))
        #expect(header?.acquisitionNanoseconds == nil)
        #expect(header?.series.frameIntervalMilliseconds == nil)
        #expect(header?.series.pixelHeightMicrometres == nil)
    }
}
