import ArgumentParser
import Detection
import Foundation
import Imaging
import Live
import Session
import Triggers
import Wire
import ZeroMQ

/// Options of `sparkwatch live`, each also a key of the configuration file.
struct LiveOptions: ParsableArguments {
    @Option(help: "ZeroMQ endpoint that the microscope publishes frames on.")
    var frames = "tcp://127.0.0.1:5555"

    @Flag(inversion: .prefixedNo, help: "Bind the frame endpoint instead of connecting to it.")
    var bindFrames = false

    @Option(help: "Take only messages with this topic; default: all.")
    var topic: String?

    @Option(help: "ZeroMQ endpoint on which events are published.")
    var events = "tcp://127.0.0.1:5556"

    @Option(help: "Trigger rules (JSON5), like Config/triggers.json5; default: none.")
    var triggers: String?

    @Flag(inversion: .prefixedNo, help: "Decide about triggers and publish what would fire, but act on nothing.")
    var dryRunTriggers = false

    @Option(help: "ZeroMQ endpoint that takes the commands arm, disarm and status; default: none.")
    var triggerControl: String?

    @Option(
        help: "ZeroMQ endpoint that serves subscribers what they missed, from the journal; default: none."
    )
    var catchUp: String?

    @Option(help: "Folder for the journal (JSON lines) and the table (CSV) of events; made if missing.")
    var output = "sparkwatch-output"

    @Option(
        help: ArgumentHelp(
            "Height and width of the frames to be ready for; the first of others wait until the network is built.",
            valueName: "hxw"
        )
    )
    var frameSize = FrameSize(height: 64, width: 512)

    @Option(
        parsing: .unconditional,
        help: "Frames that wait at most for detection; what comes on top is lost and counted."
    )
    var ringFrames = 512

    @Option(help: "What becomes of missing frames: hold (repeat the frame before), zero, or break.")
    var missingFrames = MissedFramePolicy.hold

    @Option(parsing: .unconditional, help: "Missing frames in a row that are filled; more break the series.")
    var longestGap = 2

    @Flag(inversion: .prefixedNo, help: "Decide less often, and say so, while detection does not keep up.")
    var adaptiveStride = true

    @Option(parsing: .unconditional, help: "Largest frame that is accepted, in pixels.")
    var largestFramePixels = 2048 * 2048

    @Option(parsing: .unconditional, help: "Seconds of silence after which the microscope counts as stalled.")
    var stallAfterS = 2.0

    @Option(parsing: .unconditional, help: "Stop after so many series; 0: run until Ctrl-C.")
    var seriesCount = 0

    @Flag(inversion: .prefixedNo, help: "Print the status line.")
    var status = true

    @Flag(inversion: .prefixedNo, help: "Leave with exit code 3 if any frame or event was lost.")
    var strict = false

    func validate() throws {
        try check(Double(frameSize.height), isBetween: 1, and: 4096, named: "the height in --frame-size")
        try check(Double(frameSize.width), isBetween: 1, and: 4096, named: "the width in --frame-size")
        try check(Double(ringFrames), isBetween: 64, and: 1e6, named: "--ring-frames")
        try check(Double(longestGap), isBetween: 0, and: 64, named: "--longest-gap")
        try check(Double(largestFramePixels), isBetween: 1, and: 1e9, named: "--largest-frame-pixels")
        try check(stallAfterS, isBetween: 0.1, and: 3600, named: "--stall-after-s")
        if triggers == nil, dryRunTriggers || triggerControl != nil {
            throw ValidationError("--dry-run-triggers and --trigger-control need rules. Give them with --triggers.")
        }
        try check(Double(seriesCount), isBetween: 0, and: 1e9, named: "--series-count")
    }

    /// What the receiver has to know.
    ///
    /// - Parameters:
    ///   - bitDepth: Bits of the camera, instead of what the frames say.
    ///   - channel: The channel to take where several alternate.
    /// - Returns: Where to receive, and how much to keep.
    func receiver(bitDepth: Int?, channel: String?) -> FrameReceiver.Configuration {
        var configuration = FrameReceiver.Configuration(endpoints: [bindFrames ? .bind(frames) : .connect(frames)])
        configuration.topics = [topic ?? ""]
        configuration.limits.pixelCount = largestFramePixels
        configuration.limits.bitDepth = bitDepth
        configuration.limits.channel = channel
        configuration.missedFrames = missingFrames
        configuration.longestFill = longestGap
        configuration.ringCapacity = ringFrames
        configuration.ringPixelCapacity = ringPixelCapacity
        configuration.silenceTimeout = .seconds(stallAfterS)
        return configuration
    }

    /// The rules, if there are any.
    ///
    /// - Throws: `TriggerError` if they cannot be read, or wait for events that are never announced.
    func triggers(
        for provisional: ProvisionalPolicy,
        _ security: SocketSecurity,
        _ context: ZeroMQContext
    ) throws -> TriggerPart? {
        guard let triggers else { return nil }
        let rules = try TriggerRules(URL(filePath: triggers))
        try provisional.checkAnnounces(for: rules)
        return TriggerPart(
            rules,
            isDryRun: dryRunTriggers,
            controlEndpoint: triggerControl,
            security: security,
            context: context
        )
    }

    /// Most pixels that wait for detection.
    var ringPixelCapacity: Int { max(largestFramePixels, ringFrames * Self.expectedFramePixels) }

    /// Pixels of a frame that queues are dimensioned for; larger frames fill them sooner.
    static let expectedFramePixels = 64 * 512
}

extension MissedFramePolicy: ExpressibleByArgument {}
