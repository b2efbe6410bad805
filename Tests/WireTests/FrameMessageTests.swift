import Foundation
import Imaging
import Testing
import Wire
import ZeroMQ

/// Decodes a message written as a header and pixel bytes.
func decode(_ header: String, _ pixels: [UInt8]..., limits: FrameLimits = FrameLimits()) -> FrameMessage {
    let message = ZeroMQMessage(parts: [Array(header.utf8)] + pixels)
    return FrameMessage(decoding: message, limits: limits)
}

/// The frame header of a message, if it was understood as a frame.
func frame(_ message: FrameMessage) -> FrameHeader? {
    if case .frame(let header, _) = message { header } else { nil }
}

/// The reason why a message was refused, if it was.
func refusal(_ message: FrameMessage) -> FrameRefusal.Reason? {
    if case .refused(let refusal) = message { refusal.reason } else { nil }
}

@Suite("Frame messages")
struct FrameMessageTests {
    private static let sixBytes: [UInt8] = [1, 2, 3, 4, 5, 6]

    @Test("The recommended header is read in full")
    func recommendedHeader() throws {
        let header = """
            {"htype":"array-1.0","type":"uint16","dtype":"uint16","shape":[1,3],"order":"C",
             "endianness":"little","encoding":"","frame":4711,"source":"confocal-1","timeStamp":1763822907.123456,
             "series_id":"7f0c","message_num":4712,"t_acq_ns":1763822907123456789,"t_send_ns":1763822907124001002,
             "frame_interval_ms":6.8,"pixel_size_um":[0.2,0.25],"channel":"fluo-3","bit_depth":12,
             "number_of_images":0,"version":1}
            """
        let read = try #require(frame(decode(header, Self.sixBytes)))
        #expect(read.size == FrameSize(height: 1, width: 3))
        #expect(read.format == PixelFormat(type: .uint16, byteOrder: .little, pixelOrder: .rows))
        #expect(read.frameIndex == 4711)
        #expect(read.messageNumber == 4712)
        #expect(read.acquisitionNanoseconds == 1_763_822_907_123_456_789)
        #expect(read.sendNanoseconds == 1_763_822_907_124_001_002)
        #expect(read.bitDepth == 12)
        #expect(read.series.seriesID == "7f0c")
        #expect(read.series.source == "confocal-1")
        #expect(read.series.channel == "fluo-3")
        #expect(read.series.announcedFrameCount == nil)
        #expect(read.series.frameIntervalMilliseconds == 6.8)
        #expect(read.series.pixelHeightMicrometres == 0.2)
        #expect(read.series.pixelWidthMicrometres == 0.25)
    }

    @Test("What is written carries every recommended field under its name and reads back the same")
    func encodingRoundTrip() throws {
        var header = FrameHeader(
            size: FrameSize(height: 512, width: 64),
            format: PixelFormat(type: .uint16),
            series: SeriesDetails(
                seriesID: "7f0c",
                source: "confocal-1",
                channel: "fluo-3",
                announcedFrameCount: 1000,
                calibration: .published
            )
        )
        header.frameIndex = 4711
        header.messageNumber = 4712
        header.acquisitionNanoseconds = 1_763_822_907_123_456_789
        header.sendNanoseconds = 1_763_822_907_124_001_002
        header.bitDepth = 12
        let json = header.json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        let names = [
            "htype", "type", "dtype", "shape", "order", "endianness", "encoding", "frame", "source", "timeStamp",
            "series_id", "message_num", "t_acq_ns", "t_send_ns", "frame_interval_ms", "pixel_size_um", "channel",
            "bit_depth", "number_of_images", "version",
        ]
        #expect(Set(object.keys) == Set(names))
        #expect(object["htype"] as? String == "array-1.0")
        #expect(object["dtype"] as? String == "uint16")
        #expect(object["shape"] as? [Int] == [512, 64])
        #expect(object["encoding"] as? String == "")
        #expect(object["endianness"] as? String == "little")

        let message = ZeroMQMessage(parts: [json, Array(repeating: 0, count: header.pixelByteCount)])
        #expect(frame(FrameMessage(decoding: message)) == header)
    }

    @Test(
        "Big-endian and column order survive writing and reading",
        arguments: PixelFormat.NumberType.allCases,
        [PixelFormat.ByteOrder.little, .big]
    )
    func formats(type: PixelFormat.NumberType, byteOrder: PixelFormat.ByteOrder) {
        for pixelOrder in [PixelFormat.PixelOrder.rows, .columns] {
            let format = PixelFormat(type: type, byteOrder: byteOrder, pixelOrder: pixelOrder)
            let header = FrameHeader(size: FrameSize(height: 3, width: 2), format: format)
            let pixels = Array(repeating: UInt8(0), count: header.pixelByteCount)
            let message = ZeroMQMessage(parts: [Array("topic".utf8), header.json(), pixels])
            #expect(frame(FrameMessage(decoding: message))?.format == format)
        }
    }

    @Test(
        "Dialects of other senders are understood",
        arguments: [
            ("PyZMQ recipe", #"{"dtype": "uint16", "shape": [1, 3]}"#, "uint16 little C"),
            ("numpy little-endian", #"{"dtype": "<u2", "shape": [3, 1]}"#, "uint16 little C"),
            ("numpy big-endian", #"{"dtype": ">u2", "shape": [3, 1]}"#, "uint16 big C"),
            ("numpy bytes", #"{"dtype": "|u1", "shape": [2, 3]}"#, "uint8 little C"),
            ("native order", #"{"dtype": "=u2", "shape": [1, 3], "endianness": "big"}"#, "uint16 big C"),
            ("imageZMQ", #"{"msg": "rig 1", "dtype": "uint8", "shape": [2, 3]}"#, "uint8 little C"),
            (
                "napari-stream",
                #"{"shape": [1, 3], "dtype": "uint16", "order": "F", "is_labels": false, "name": "x"}"#,
                "uint16 little F"
            ),
            (
                "mflow",
                #"{"htype": ["array-1.0"], "type": "uint16", "shape": [1, 3, 1], "frame": 0, "tags": {}}"#,
                "uint16 little C"
            ),
            (
                "areaDetector",
                #"{"htype":"array-1.0","type":"uint16","shape":[1,1,3],"frame":7,"timeStamp":1.5,"encoding":"","#
                    + #""ndattr":{"Gain":2}}"#,
                "uint16 little C"
            ),
            ("old spelling", #"{"type":"uint16","shape":[1,3],"endianess":"big"}"#, "uint16 big C"),
            ("no compression", #"{"type":"uint16","shape":[1,3],"compression":"none"}"#, "uint16 little C"),
            ("null fields", #"{"type":"uint16","shape":[1,3],"encoding":null,"frame":null}"#, "uint16 little C"),
        ]
    )
    func dialects(name: String, header: String, format: String) throws {
        let read = try #require(frame(decode(header, Self.sixBytes)), "\(decode(header, Self.sixBytes))")
        let found = read.format
        #expect("\(found.type.rawValue) \(found.byteOrder.rawValue) \(found.pixelOrder.rawValue)" == format)
        #expect(read.size.pixelCount * found.type.byteCount == 6)
    }

    @Test("A time stamp is kept until it is known when the frame came; numbers name series, too")
    func tolerantFields() throws {
        let header = #"{"type":"uint16","shape":[1,3],"timeStamp":1.5,"series_id":17,"source":5,"pixel_size_um":0.3}"#
        let read = try #require(frame(decode(header, Self.sixBytes)))
        #expect(read.acquisitionNanoseconds == nil)
        #expect(read.timeStampSeconds == 1.5)
        #expect(read.series.seriesID == "17")
        #expect(read.series.source == "5")
        #expect(read.series.pixelHeightMicrometres == 0.3)
        #expect(read.series.pixelWidthMicrometres == 0.3)
    }

    @Test("Pixels may come in several segments, a topic in front")
    func segments() {
        let message = ZeroMQMessage(parts: [
            Array("camera.1".utf8), Array(#"{"dtype":"uint16","shape":[1,3]}"#.utf8), [1, 2, 3, 4], [], [5, 6],
        ])
        let decoded = FrameMessage(decoding: message)
        guard case .frame(_, let parts) = decoded else {
            Issue.record("\(decoded)")
            return
        }
        #expect(parts == 2..<5)
    }

    @Test("Control messages open and close a series")
    func controlMessages() {
        let details = SeriesDetails(seriesID: "a", source: "rig", calibration: .published)
        let start = SeriesStartHeader(series: details, messageNumber: 4)
        #expect(FrameMessage(decoding: ZeroMQMessage(parts: [start.json()])) == .seriesStart(start))
        let end = SeriesEndHeader(seriesID: "a", messageNumber: 9, sentFrameCount: 4)
        #expect(FrameMessage(decoding: ZeroMQMessage(parts: [end.json()])) == .seriesEnd(end))

        let plain = decode(#"{"htype":"series_end-1.0","series_id":"a","frames_sent":12}"#)
        #expect(plain == .seriesEnd(SeriesEndHeader(seriesID: "a", sentFrameCount: 12)))
        #expect(decode(#"{"htype":"dseries_end-1.0","series":3}"#) == .seriesEnd(SeriesEndHeader()))
        #expect(decode(#"{"jsonversion":4,"bitmode":16,"data":0}"#) == .seriesEnd(SeriesEndHeader()))
        #expect(decode(#"{"jsonversion":4,"bitmode":16,"data":false}"#) == .seriesEnd(SeriesEndHeader()))
    }

    @Test(
        "What cannot be read is refused by reason",
        arguments: [
            ("[1,2]", FrameRefusal.Reason.noHeader),
            ("", .noHeader),
            ("{", .badJSON),
            (#"{"shape":[1,3],"dtype":"uint16""#, .badJSON),
            (#"{"shape":[1,3],"dtype":"uint16","frame":NaN}"#, .invalidField),
            ("{}", .missingShape),
            (#"{"htype":"dimage-1.0","series":1,"frame":0}"#, .missingShape),
            (#"{"dtype":"uint16"}"#, .missingShape),
            (#"{"dtype":"uint16","shape":"1x3"}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[1.5,3]}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[1e300,3]}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[3]}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[]}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[-1,-3]}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[0,3]}"#, .invalidShape),
            (#"{"dtype":"uint8","shape":[2,1,3]}"#, .invalidShape),
            (#"{"dtype":"uint16","shape":[4294967296,4294967296]}"#, .frameTooLarge),
            (#"{"dtype":"uint16","shape":[9223372036854775807,2]}"#, .frameTooLarge),
            (#"{"dtype":"uint16","shape":[1,70000]}"#, .frameTooLarge),
            (#"{"dtype":"uint16","shape":[2048,2049]}"#, .frameTooLarge),
            (#"{"shape":[1,3]}"#, .missingPixelType),
            (#"{"dtype":"float64","shape":[1,3]}"#, .unsupportedPixelType),
            (#"{"dtype":"int16","shape":[1,3]}"#, .unsupportedPixelType),
            (#"{"dtype":"<>u2","shape":[1,3]}"#, .unsupportedPixelType),
            (#"{"dtype":"object","shape":[1,3]}"#, .unsupportedPixelType),
            (#"{"dtype":7,"shape":[1,3]}"#, .invalidField),
            (#"{"dtype":"uint16","shape":[1,3],"encoding":"lz4"}"#, .unsupportedEncoding),
            (#"{"dtype":"uint16","shape":[1,3],"encoding":"","compression":"bslz4"}"#, .unsupportedEncoding),
            (#"{"dtype":"uint16","shape":[1,3],"order":"A"}"#, .unsupportedOrder),
            (#"{"dtype":"uint16","shape":[1,3],"endianness":"middle"}"#, .invalidField),
            (#"{"dtype":"uint16","shape":[1,3],"frame":-1}"#, .invalidField),
            (#"{"dtype":"uint16","shape":[1,3],"frame":1.5}"#, .invalidField),
            (#"{"dtype":"uint16","shape":[1,3],"frame":"seven"}"#, .invalidField),
            (#"{"dtype":"uint16","shape":[1,3],"message_num":9223372036854775807}"#, .invalidField),
            (#"{"dtype":"uint16","type":"uint8","shape":[1,3]}"#, .conflictingFields),
            (#"{"dtype":">u2","shape":[1,3],"endianness":"little"}"#, .conflictingFields),
            (#"{"dtype":"uint8","shape":[2,3],"bit_depth":12}"#, .conflictingFields),
            (#"{"dtype":"uint16","shape":[1,4]}"#, .wrongByteCount),
            (#"{"dtype":"float32","shape":[1,3]}"#, .wrongByteCount),
        ]
    )
    func refusals(header: String, reason: FrameRefusal.Reason) {
        let decoded = decode(header, Self.sixBytes)
        #expect(refusal(decoded) == reason, "\(decoded)")
    }

    @Test("Messages cut short, too long or in too many parts are refused")
    func wrongExtent() {
        let header = #"{"dtype":"uint16","shape":[1,3]}"#
        #expect(refusal(decode(header)) == .missingPixels)
        #expect(refusal(decode(header, [])) == .missingPixels)
        #expect(refusal(decode(header, [1, 2, 3], [4, 5, 6])) == .wrongByteCount, "a segment ends within a pixel")
        #expect(refusal(decode(header, [1, 2], [3, 4], [5], [6], [], [], [], [])) == .tooManyParts)

        let padding = String(repeating: " ", count: 65536)
        #expect(refusal(decode("{\(padding)}", Self.sixBytes)) == .headerTooLarge)

        var limits = FrameLimits()
        limits.pixelCount = 5
        #expect(refusal(decode(#"{"dtype":"uint8","shape":[2,3]}"#, Self.sixBytes, limits: limits)) == .frameTooLarge)
    }

    @Test("A refusal says what was wrong with which value")
    func refusalText() {
        guard case .refused(let refusal) = decode(#"{"dtype":"uint16","shape":[2,3]}"#, Self.sixBytes) else {
            Issue.record("not refused")
            return
        }
        #expect(
            refusal.description
                == "message refused (wrong_byte_count): 6 bytes of pixels where "
                + "2 x 3 pixels (height x width) of type uint16 take 12"
        )
    }
}
