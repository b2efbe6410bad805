import Detection
import Foundation
import Imaging
import Session
import TestSupport
import Testing
import Wire

/// What a session says of what it gets.
@Suite("Remarks on the input")
struct InputWatchTests {
    /// What memory that nobody filled in holds.
    private static let denormal = Double("6.9e-310") ?? 0

    /// Feeds noise of a given height as a series.
    private func remarks(
        _ change: (inout SeriesDescription) -> Void,
        frameCount: Int = 300,
        largest: UInt16 = 60000,
        intervalMilliseconds: Double = 6.8,
        isTimed: Bool = false
    ) throws -> (log: SessionLog, remarks: [String]) {
        let log = SessionLog()
        let session = try SessionSamples.session(log)
        let size = SessionSamples.size
        var description = SeriesDescription(
            seriesID: "s",
            size: size,
            frameIntervalMilliseconds: 6.8,
            pixelHeightMicrometres: 0.2,
            pixelWidthMicrometres: 0.2,
            bitsPerPixel: 16
        )
        change(&description)
        try session.take(.seriesStart(description), pixels: UnsafeBufferPointer(start: nil, count: 0))
        var generator = SeededGenerator(seed: 3)
        for frame in 0..<frameCount {
            var pixels = (0..<size.pixelCount).map { _ in Float(UInt16.random(in: 0..<largest, using: &generator)) }
            pixels[7] = Float(largest)
            let time = 1_796_046_188_000_000_000 + Int64(Double(frame) * intervalMilliseconds * 1e6)
            let stamp = FrameStamp(
                index: frame,
                acquisitionNanoseconds: isTimed ? time : nil,
                receiveNanoseconds: isTimed ? time / 2 : time
            )
            try pixels.withUnsafeBufferPointer { try session.take(.frame(stamp), pixels: $0) }
        }
        try session.endSeries(.sourceEnded)
        return (log, log.remarks)
    }

    @Test("A series that says everything gets no remark")
    func silent() throws {
        let (log, remarks) = try remarks { _ in }
        #expect(remarks.isEmpty, "\(remarks)")
        #expect(log.starts.first?.context.calibration.assumedNames == [])
    }

    @Test("What nobody stated is marked as assumed, in words, in the start and in every event")
    func assumed() throws {
        let (log, remarks) = try remarks {
            $0.pixelWidthMicrometres = nil; $0.frameIntervalMilliseconds = nil
        }
        #expect(remarks.filter { $0.contains("is assumed") }.count == 2)
        #expect(log.starts.map { SeriesStartMessage($0).assumed } == [["frame_interval_ms", "pixel_size_um"]])
        #expect(log.events.allSatisfy { $0.assumed == ["frame_interval_ms", "pixel_size_um"] })
    }

    @Test("What cannot be is named with what is taken instead")
    func implausible() throws {
        let (log, remarks) = try remarks {
            $0.frameIntervalMilliseconds = nil
            $0.implausible = [
                ImplausibleStatement(
                    .frameInterval,
                    StatedValue(value: Self.denormal, origin: "frame_interval_ms in the header")
                )
            ]
            $0.nonNumbers = ["laser_mW"]
        }
        #expect(remarks.count == 2)
        #expect(
            remarks[0].contains("6.9e-310 ms") && remarks[0].contains("6.8 ms of the model is assumed"),
            "\(remarks)"
        )
        #expect(remarks[1].contains("laser_mW"))
        #expect(log.starts.first?.context.calibration.assumedNames == ["frame_interval_ms"])
    }

    @Test("Values that the model does not know are warned of", arguments: [(1.5, 6.8, "1.5 µm"), (0.2, 500, "500 ms")])
    func unfamiliar(pixelSize: Double, interval: Double, text: String) throws {
        let (log, remarks) = try remarks(
            {
                $0.pixelWidthMicrometres = pixelSize
                $0.frameIntervalMilliseconds = interval
            },
            intervalMilliseconds: interval
        )
        #expect(remarks.count == 1 && remarks[0].contains(text) && remarks[0].contains("trained on"), "\(remarks)")
        #expect(log.starts.first?.context.calibration.assumedNames == [])
    }

    @Test("Counts that leave bits empty are remarked on, also in a short series", arguments: [300, 100])
    func bits(frameCount: Int) throws {
        #expect(try remarks({ _ in }, frameCount: frameCount, largest: 4011).remarks.first?.contains("12 bits") == true)
        #expect(try remarks({ $0.bitDepth = 12 }, frameCount: frameCount, largest: 4011).remarks.isEmpty)
        let unit = try remarks({ $0.bitsPerPixel = 32 }, frameCount: frameCount, largest: 1).remarks
        #expect(unit.first?.contains("no counts") == true)
    }

    @Test("Frames that come at another rate than stated are remarked on", arguments: [false, true])
    func rate(isTimed: Bool) throws {
        let (_, remarks) = try remarks({ _ in }, intervalMilliseconds: 7.16, isTimed: isTimed)
        #expect(remarks.count == 1 && remarks[0].contains("7.16 ms") && remarks[0].contains("5 %"), "\(remarks)")
        #expect(remarks.first?.hasPrefix(isTimed ? "frames were taken" : "frames come") == true)
        #expect(try self.remarks({ _ in }, intervalMilliseconds: 6.9, isTimed: isTimed).remarks.isEmpty)
    }
}

@Suite("Text and numbers of others")
struct ForeignValueTests {
    @Test("What a terminal would obey is written out")
    func printable() {
        #expect("µm ΔF/F0 日本".printable == "µm ΔF/F0 日本")
        #expect("a\u{1B}]0;x\u{7}\r\nb\u{202E}\u{9B}".printable == "a\\u{1B}]0;x\\u{7}\\u{D}\\u{A}b\\u{202E}\\u{9B}")
    }

    @Test("Numbers become indices without a trap")
    func saturating() {
        for (value, expected) in [
            (Double.nan, 0), (.infinity, .max), (-.infinity, .min), (1e300, .max), (-1e300, .min),
            (.leastNonzeroMagnitude, 0), (2.9, 2),
            (-2.9, -2), (9.3e18, .max),
        ] as [(Double, Int)] {
            #expect(Int(saturating: value) == expected)
        }
        #expect(UInt8(saturating: -1.0) == 0 && UInt8(saturating: 256.0) == 255 && UInt16(saturating: Float.nan) == 0)
    }

    @Test("Quantities tell what can be from what cannot")
    func quantities() {
        for value in [Double.nan, .infinity, 0, -1, .leastNonzeroMagnitude, 1e-18, 1e300, 264.6] {
            #expect(!Quantity.pixelSize.isPlausible(value))
        }
        for value in [Double.nan, 0, .leastNonzeroMagnitude, 9.9e8, 6800] {
            #expect(!Quantity.frameInterval.isPlausible(value))
        }
        #expect(Quantity.frameInterval.isPlausible(500) && Quantity.pixelSize.isPlausible(1.5))
        #expect(Quantity.pixelSize.text(264.58333) == "264.583 µm" && Quantity.frameInterval.text(1e-18) == "1e-18 ms")
    }
}
