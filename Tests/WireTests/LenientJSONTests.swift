import Foundation
import Imaging
import Testing
import Wire

@Suite("Headers with NaN and Infinity")
struct NonNumberTests {
    private static let pixels: [UInt8] = [1, 2, 3, 4, 5, 6]

    private func header(_ field: String, _ value: String) -> String {
        #"{"note": "NaN \" {", "dtype": "uint16", "shape": [1, 3], "nested": {"x": [1, \#(value)]}, "\#(field)": \#(value)}"#
    }

    @Test(
        "Fields that only describe are left out and named",
        arguments: ["NaN", "Infinity", "-Infinity", "nan", "-nan", "inf", "-inf", "nan(ind)", "1.#QNAN", "-1.#INF"]
    )
    func descriptive(value: String) throws {
        for field in ["laser_mW", "timeStamp", "frame_interval_ms", "pixel_size_um", "t_acq_ns"] {
            let read = try #require(frame(decode(header(field, value), Self.pixels)), "\(field) \(value)")
            #expect(read.series.nonNumbers == ["nested", field])
            #expect(read.series.frameIntervalMilliseconds == nil)
            #expect(read.timeStampSeconds == nil && read.acquisitionNanoseconds == nil)
        }
    }

    @Test("Fields that decide are refused by name", arguments: ["frame", "message_num", "bit_depth"])
    func decisive(field: String) throws {
        guard case .refused(let refusal) = decode(header(field, "NaN"), Self.pixels) else {
            Issue.record("\(field) was taken")
            return
        }
        #expect(refusal.reason == .invalidField)
        #expect(refusal.detail.contains(field) && refusal.detail.contains("NaN"))
    }

    @Test(
        "What is no JSON otherwise stays refused",
        arguments: [
            #"{"dtype": "uint16", "shape": [1, 3], "x": NaN"#, "{NaN}", #"{"dtype": 'uint16', "x": NaN}"#, "{\"NaN",
            "{\"x\": \\",
        ]
    )
    func damaged(text: String) { #expect(refusal(decode(text, Self.pixels)) == .badJSON) }
}

@Suite("Plausible values in headers")
struct PlausibleHeaderTests {
    @Test(
        "Values that cannot be are not taken, and kept for a remark",
        arguments: ["6.9e-310", "1e-18", "1e-320", "1e-19", "-6.8", "9.9e8", "1e300"]
    )
    func implausible(value: String) throws {
        let text =
            #"{"dtype":"uint16","shape":[1,3],"frame_interval_ms":\#(value),"pixel_size_um":[\#(value),\#(value)]}"#
        let read = try #require(frame(decode(text, [1, 2, 3, 4, 5, 6])))
        #expect(read.series.frameIntervalMilliseconds == nil)
        #expect(read.series.pixelHeightMicrometres == nil && read.series.pixelWidthMicrometres == nil)
        #expect(read.series.implausible.map(\.quantity) == [.frameInterval, .pixelSize])
    }

    @Test("0 stands for a value that the sender does not know")
    func zero() throws {
        let text = #"{"dtype":"uint16","shape":[1,3],"frame_interval_ms":0,"pixel_size_um":0}"#
        let read = try #require(frame(decode(text, [1, 2, 3, 4, 5, 6])))
        #expect(read.series.frameIntervalMilliseconds == nil && read.series.implausible.isEmpty)
    }

    @Test("Channels may be numbers, or have another field")
    func channels() throws {
        for field in [#""channel": 2"#, #""channel_name": "2""#, #""channel_index": 2"#] {
            let read = try #require(frame(decode(#"{"dtype":"uint16","shape":[1,3],\#(field)}"#, [1, 2, 3, 4, 5, 6])))
            #expect(read.series.channel == "2")
        }
    }
}

@Suite("Clocks of senders")
struct SenderClockTests {
    private static let now: Int64 = 1_796_046_188_000_000_000

    @Test(
        "Epochs and units are found by the time of arrival",
        arguments: [
            (1_796_046_187.5, nil), (1_796_046_187.5 - 631_152_000, "1990"), (1_796_046_187.5 + 2_082_844_800, "1904"),
            (1_796_046_187_500, "ms since 1970"), (1_796_046_187_500_000, "µs since 1970"),
            (1_796_046_187_500_000_000, "ns since 1970"),
        ] as [(Double, String?)]
    )
    func epochs(timeStamp: Double, unusual: String?) throws {
        let time = try #require(SenderClock().time(timeStamp, received: Self.now))
        #expect(abs(time.nanoseconds - (Self.now - 500_000_000)) < 1_000_000)
        #expect((time.unusual == nil) == (unusual == nil))
        if let unusual { #expect(time.unusual?.contains(unusual) == true) }
    }

    @Test("A replay keeps its times; what is no time is none")
    func others() {
        #expect(SenderClock().time(1_600_000_000, received: Self.now)?.nanoseconds == 1_600_000_000_000_000_000)
        for value in [0, -1, 1.5, 86_400, .nan, .infinity, 1e300, -1e300] {
            #expect(SenderClock().time(value, received: Self.now) == nil)
        }
    }
}
