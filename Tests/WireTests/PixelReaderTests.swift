import Imaging
import Testing
import Wire
import ZeroMQ

@Suite("Pixel reader")
struct PixelReaderTests {
    /// The counts of a frame, or the reason why there are none.
    private static func read(_ header: String, _ segments: [UInt8]...) -> Result<[Float], FrameRefusal> {
        let message = ZeroMQMessage(parts: [Array(header.utf8)] + segments)
        guard case .frame(let header, let parts) = FrameMessage(decoding: message) else {
            return .failure(FrameRefusal(.noHeader, "\(FrameMessage(decoding: message))"))
        }
        var counts = [Float](repeating: -1, count: header.size.pixelCount + 1)
        do throws(FrameRefusal) {
            var span = counts.mutableSpan
            try PixelReader.read(message, header: header, parts: parts, into: &span)
        } catch {
            return .failure(error)
        }
        #expect(counts.last == -1, "nothing is written beyond the frame")
        return .success(Array(counts.dropLast()))
    }

    @Test("Both byte orders give the same counts")
    func byteOrders() throws {
        let little = Self.read(#"{"dtype":"<u2","shape":[2,2]}"#, [0, 1, 2, 0, 255, 255, 0, 128])
        #expect(try little.get() == [256, 2, 65535, 32768])
        let big = Self.read(#"{"dtype":">u2","shape":[2,2]}"#, [1, 0, 0, 2, 255, 255, 128, 0])
        #expect(try big.get() == [256, 2, 65535, 32768])
        // 1.0 is 3F800000, -2.5 is C0200000.
        let littleFloat = Self.read(#"{"dtype":"<f4","shape":[1,2]}"#, [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0])
        #expect(try littleFloat.get() == [1, -2.5])
        let bigFloat = Self.read(#"{"dtype":">f4","shape":[1,2]}"#, [0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0])
        #expect(try bigFloat.get() == [1, -2.5])
    }

    @Test("Fewer bits are scaled to sixteen")
    func bitDepths() throws {
        #expect(try Self.read(#"{"dtype":"uint8","shape":[1,3]}"#, [0, 1, 255]).get() == [0, 256, 65280])
        let twelve = Self.read(#"{"dtype":"uint16","shape":[1,2],"bit_depth":12}"#, [0xFF, 0x0F, 1, 0])
        #expect(try twelve.get() == [65520, 16])
        let float = Self.read(#"{"dtype":"float32","shape":[1,1],"bit_depth":12}"#, [0, 0, 0x80, 0x3F])
        #expect(try float.get() == [16])
    }

    @Test("Column order becomes row order, also across segments")
    func columnOrder() throws {
        // numpy.arange(6).reshape(2, 3).tobytes("F") is 0 3 1 4 2 5.
        let header = #"{"dtype":"uint8","shape":[2,3],"order":"F"}"#
        let rows: [Float] = [0, 256, 512, 768, 1024, 1280]
        #expect(try Self.read(header, [0, 3, 1, 4, 2, 5]).get() == rows)
        #expect(try Self.read(header, [0, 3, 1], [4, 2, 5]).get() == rows)
    }

    @Test("Segments follow each other")
    func segments() throws {
        let header = #"{"dtype":"uint16","shape":[3,1]}"#
        #expect(try Self.read(header, [1, 0], [], [2, 0, 3, 0]).get() == [1, 2, 3])
    }

    @Test("Pixels that are no counts are refused")
    func refusedPixels() {
        func reason(_ result: Result<[Float], FrameRefusal>) -> FrameRefusal.Reason? {
            if case .failure(let refusal) = result { refusal.reason } else { nil }
        }
        let float = #"{"dtype":"<f4","shape":[1,2]}"#
        #expect(reason(Self.read(float, [0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0x7F])) == .pixelNotFinite)
        #expect(reason(Self.read(float, [0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x3F])) == .pixelNotFinite)
        #expect(reason(Self.read(float, [0, 0, 0x80, 0xFF, 0, 0, 0x80, 0x3F])) == .pixelNotFinite)
        // 65536 is 47800000.
        #expect(reason(Self.read(float, [0, 0, 0x80, 0x47, 0, 0, 0x80, 0x3F])) == .pixelExceedsBitDepth)
        let twelve = #"{"dtype":"uint16","shape":[1,2],"bit_depth":12}"#
        #expect(reason(Self.read(twelve, [0, 0, 0, 0x10])) == .pixelExceedsBitDepth)
    }
}
