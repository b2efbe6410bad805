import Detection
import Foundation
import Imaging
import Session
import TestSupport
import UNet
import Wire

/// Keeps what a session tells.
final class SessionLog: SeriesSink {
    private(set) var starts: [SeriesStart] = []
    private(set) var ends: [SeriesEndMessage] = []
    private(set) var gaps: [Gap] = []
    private(set) var health: [Health] = []
    /// What was said of the input.
    private(set) var remarks: [String] = []
    private(set) var examinations: [Examination] = []
    private(set) var windowCount = 0
    private(set) var events: [EventMessage] = []
    /// Kinds of messages, in the order in which they came.
    private(set) var order: [String] = []

    func seriesStarted(_ start: SeriesStart) {
        starts.append(start)
        order.append("start")
    }

    func decided(_ batch: DetectionBatch, _ final: [FinalEvent]) {
        guard let context = starts.last?.context else { preconditionFailure("a series starts first") }
        windowCount += 1
        events += final.map { EventFormatter(context: context).message(of: $0) }
    }

    func framesMissing(_ gap: Gap) {
        gaps.append(gap)
        order.append("gap")
    }

    func healthChanged(_ change: Health) {
        guard change.code != .inputRemark else { return remarks.append(change.message) }
        health.append(change)
        order.append(change.code.rawValue)
    }

    func examined(_ examination: Examination) { examinations.append(examination) }

    func seriesEnded(_ outcome: SeriesOutcome) {
        ends.append(SeriesEndMessage(outcome))
        order.append("end")
    }
}

/// A session of a small network on small frames, and what to feed it.
enum SessionSamples {
    static let size = FrameSize(height: 16, width: 24)

    static func session(
        _ sink: any SeriesSink,
        readyFor frameSize: FrameSize? = nil,
        change: (inout DetectionSession.Configuration) throws -> Void = { _ in }
    ) throws -> DetectionSession {
        var settings = DetectorSettings(threshold: .fixed(0.3), threads: 1)
        settings.window = 32
        settings.stride = 8
        var configuration = DetectionSession.Configuration(
            model: try Model.load(from: PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors")),
            settings: settings,
            device: DeviceDescription(instructionSet: "any", processor: "any")
        )
        try change(&configuration)
        let networks = try frameSize.map { try configuration.networks(readyFor: $0) }
        return DetectionSession(configuration: configuration, sink: sink, networks: networks)
    }

    /// Frames `[t][y][x]` of noise with blobs that come and go.
    static func movie(frameCount: Int, seed: UInt64) -> [[Float]] {
        BlobMovie.frames(frameCount, height: size.height, width: size.width, seed: seed).map { $0.map(Float.init) }
    }
}

extension DetectionSession {
    /// Takes something that is no frame.
    func take(_ item: FrameItem) throws { try take(item, pixels: UnsafeBufferPointer(start: nil, count: 0)) }

    func take(_ frame: [Float], stamp: FrameStamp, backlog: FrameRing.Backlog = FrameRing.Backlog()) throws {
        try frame.withUnsafeBufferPointer { try take(.frame(stamp), pixels: $0, backlog: backlog) }
    }
}
