import ArgumentParser
import Foundation
import Imaging
import Session
import UNet
import Wire
import ZeroMQ

/// How the doctor listens to a stream.
struct StreamOptions: ParsableArguments {
    @Option(help: "Take only messages of a stream with this topic; default: all.")
    var topic: String?

    @Option(parsing: .unconditional, help: "Seconds of silence after which a stream counts as over.")
    var waitS = 20.0

    @OptionGroup
    var keys: ClientKeyOptions

    func validate() throws { try check(waitS, isBetween: 0.1, and: 3600, named: "--wait-s") }

    /// True for what names a stream, not a file.
    static func isStream(_ text: String) -> Bool {
        ["tcp://", "ipc://"].contains { text.hasPrefix($0) }
    }
}

/// Examines the first series that comes from a microscope.
struct StreamExaminer {
    let source: SourceOptions
    let stream: StreamOptions
    let model: Model
    /// Frames that are looked at.
    let frameLimit: Int

    private static let patience = Duration.milliseconds(100)

    /// - Parameters:
    ///   - endpoint: Where the microscope publishes frames, as in `tcp://127.0.0.1:5555`.
    ///   - progress: Is told the number of frames done, and of how many.
    ///   - note: Takes lines for people.
    /// - Returns: What was seen.
    /// - Throws: `StreamError` if the endpoint cannot be used, `KeyError` for keys, ``Silence`` if no frame comes,
    ///   ``NothingToSay`` for frames that say nothing.
    func examine(
        _ endpoint: String,
        progress: (Int, Int) -> Void,
        note: @escaping @Sendable (String) -> Void
    ) throws -> Examiner {
        let context = try ZeroMQContext()
        var configuration = FrameReceiver.Configuration(endpoints: [.connect(endpoint)])
        configuration.security = try stream.keys.security
        configuration.topics = [stream.topic ?? ""]
        configuration.limits.bitDepth = source.bitDepth
        configuration.limits.channel = source.channel
        let receiver = try FrameReceiver(configuration, context: context, log: note)
        defer { receiver.stop() }
        var series: SeriesExaminer?
        var (frameCount, missingFrameCount) = (0, 0)
        var isOver = false
        var lastSign = ContinuousClock.now
        while !isOver, !Interruption.isRequested, ContinuousClock.now - lastSign < .seconds(stream.waitS) {
            receiver.ring.withNext(waitingUpTo: Self.patience) { item, pixels in
                lastSign = .now
                switch item {
                case .seriesStart(let description) where series == nil:
                    series = SeriesExaminer(description, choice: choice(of: description), frameCount: frameLimit)
                case .frame(let stamp):
                    pixels.withUnsafeBufferPointer { series?.take(stamp, $0) }
                    frameCount += 1
                    missingFrameCount += stamp.filledGap?.missingFrameCount ?? 0
                    progress(frameCount, frameLimit)
                    isOver = series?.isComplete ?? false
                case .gap(let gap): missingFrameCount += gap.missingFrameCount
                case .seriesStart, .seriesEnd: isOver = frameCount > 0
                }
            }
        }
        if missingFrameCount > 0 { note("\(missingFrameCount) frames of \(endpoint) are missing among \(frameCount)") }
        guard frameCount > 0 else { throw Silence(endpoint: endpoint, seconds: stream.waitS) }
        guard let examiner = series?.finish() else { throw NothingToSay(source: endpoint, frameCount: frameCount) }
        return examiner
    }

    private func choice(of description: SeriesDescription) -> CalibrationChoice {
        CalibrationChoice(of: description, options: source.statedCalibration, model: model.metadata.calibration)
    }

    /// No frame came.
    struct Silence: Error, CustomStringConvertible {
        let endpoint: String
        let seconds: Double

        var description: String {
            "no frame came from \(endpoint) within \(seconds.shortText) s: start the acquisition, check the address, or "
                + "wait longer with --wait-s"
        }
    }
}
