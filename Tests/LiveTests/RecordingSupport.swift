import Foundation
import Imaging
import Session
import TestSupport

/// What tifffile says about a recording.
struct RecordingReading: Decodable {
    struct Stamp: Decodable, Equatable {
        var frame: Int
        var message_num: Int?
        var t_acq_ns: Int64?
        var t_receive_ns: Int64
        var not_recorded: Int?
    }

    struct Series: Decodable {
        struct End: Decodable {
            var reason: String
            var message_num: Int?
            var frames_sent: Int?
        }

        var series_id: String?
        var bit_depth: Int?
        var end: End?
    }

    let isBigTIFF: Bool
    let shape: [Int]
    let dtype: String
    let firstPixels: [Double]
    let lastPixels: [Double]
    let image: String
    let date: String
    let pixels: [String: String]
    let times: [Double]
    let stamps: [Stamp]
    let series: Series

    init(_ path: String) throws {
        self = try Python.json(RecordingReading.self, from: "describe_recording.py", path)
    }
}

/// Feeds a recorder as the receiver would.
struct RecordedScene {
    var series = SeriesDescription(
        seriesID: "7f0c",
        source: "confocal-1",
        size: FrameSize(height: 5, width: 7),
        frameIntervalMilliseconds: 6.8,
        pixelHeightMicrometres: 0.25,
        pixelWidthMicrometres: 0.2,
        bitsPerPixel: 16,
        channel: "fluo-4",
        messageNumber: 3
    )

    /// When frame 0 was taken: 2026-01-02 03:04:05 UTC.
    static let start: Int64 = 1_767_323_045_000_000_000

    func stamp(_ frame: Int, acquired: Bool = true) -> FrameStamp {
        let time = Self.start + Int64(frame) * 6_800_000
        return FrameStamp(
            index: frame,
            messageNumber: frame + 4,
            acquisitionNanoseconds: acquired ? time : nil,
            sendNanoseconds: time + 1000,
            receiveNanoseconds: time + 2_000_000
        )
    }

    /// What the sender stored in the first and the last pixel of a frame.
    func stored(_ frame: Int) -> (first: Double, last: Double) { (Double(frame % 200), Double((frame + 34) % 200)) }

    /// Counts on the 16-bit scale.
    func counts(_ frame: Int) -> [Float] {
        let bits = series.bitDepth ?? min(series.bitsPerPixel ?? 16, 16)
        let factor = Float(1 << (16 - bits))
        return (0..<series.size.pixelCount).map { Float((frame + $0) % 200) * factor }
    }

    @discardableResult
    func append(_ frame: Int, acquired: Bool = true, to queue: FrameRing) -> Bool {
        let counts = counts(frame)
        return queue.append(stamp(frame, acquired: acquired), pixels: counts.span)
    }
}
