import ArgumentParser
import Foundation
import Imaging
import Session
import Wire

/// `sparksim play`: publishes a movie as a microscope would.
struct PlayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Plays movies as a microscope would: over ZeroMQ, or into files.",
        discussion: """
            Frames are sent in real time, each as a JSON header and raw pixels, by a publishing socket; with --to-file or \
            --to-folder they are written as acquisition software writes them, for `sparkwatch live --follow`. At the end a \
            report is printed as one line of JSON, with every fault that was injected. Ctrl-C ends the series properly. A recording of `sparkwatch live --record` is \
            played as it was received: same names, numbers and times, same frames missing.
            """
    )

    @Argument(help: "TIFF movies to play, a series each; a folder stands for the recordings in it, oldest first.")
    var movies: [String] = []

    @Flag(help: "Play a freshly synthesised recording.")
    var synth = false

    @Option(parsing: .unconditional, help: "Seed of the synthesised recording.")
    var seed: UInt64 = 1

    @Option(
        parsing: .unconditional,
        help: "Frames to play at most of each movie; length of a synthesised recording. Default: all, or 1000."
    )
    var frames: Int?

    @Option(help: "Listen on this ZeroMQ endpoint; port * takes any free one. Default: tcp://127.0.0.1:5555.")
    var bind: String?

    @Option(help: "Connect to this ZeroMQ endpoint instead of listening.")
    var connect: String?

    @Option(
        help: "Write into this TIFF file, frame by frame, instead of sending; further series go into NAME-2.tif, ..."
    )
    var toFile: String?

    @Option(help: "How the file is written: imagej, bigtiff, ome, or recording (as `sparkwatch live --record`).")
    var fileFormat = MovieFileFormat.ome

    @Option(help: "Write every frame into a TIFF file of its own in this folder instead of sending.")
    var toFolder: String?

    @Option(
        parsing: .unconditional,
        help: "Frame interval, in milliseconds. Default: from the movie, else 6.8, which is not stated in headers."
    )
    var frameInterval: Double?

    @Option(parsing: .unconditional, help: "Pixel size, in micrometres. Default: from the movie, else none is stated.")
    var pixelSize: Double?

    @Option(
        parsing: .unconditional,
        help: "Bits of the camera, 8 to 16. Default: from the movie, else none are stated."
    )
    var bitDepth: Int?

    @Option(help: "Name or number, from 1, of the channel to play where a movie has several. Default: the first.")
    var channel: String?

    @Option(parsing: .unconditional, help: "Speed: 1 is real time, 2 twice as fast.")
    var speed = 1.0

    @Option(parsing: .unconditional, help: "Number of times to play, each a new series; 0 plays until interrupted.")
    var loop = 1

    @Option(
        help: "Type of the pixels that are sent: uint8, uint16 or float32. Default: as in the movie.",
        transform: PlayCommand.pixelType
    )
    var type: PixelFormat.NumberType?

    @Option(help: "Header: array (all fields) or pyzmq (dtype and shape only, no start or end of series).")
    var dialect = HeaderDialect.array

    @Flag(help: "Send nothing before somebody has subscribed.")
    var waitForSubscriber = false

    @Option(parsing: .unconditional, help: "How long to wait for a subscriber, in seconds.")
    var wait = 30.0

    @Option(parsing: .unconditional, help: "Messages that wait for a slow subscriber before further ones are lost.")
    var queue = 1000

    @Option(
        help: "Movement of the cell in view of the camera, as in `sparksim synth --help`; a movie's noise moves along."
    )
    var shake: String?

    @OptionGroup(title: "Keys")
    var keys: SenderKeyOptions

    @OptionGroup(title: "Faults")
    var faults: FaultOptions

    func validate() throws {
        _ = try movement
        func check(_ isValid: Bool, _ message: String) throws {
            guard isValid else { throw ValidationError(message) }
        }
        try check(movies.isEmpty == synth, "Name movies to play, or use --synth.")
        try check(
            [bind, connect, toFile, toFolder].compactMap(\.self).count <= 1,
            "Use one of --bind, --connect, --to-file and --to-folder."
        )
        if toFile != nil || toFolder != nil {
            try check(
                !waitForSubscriber && dialect == .array && keys.keys == nil,
                "--wait-for-subscriber, --dialect and --keys are for sending; leave them out with --to-file and --to-folder."
            )
            let rates = faults.rates
            try check(
                rates.drop == 0 && rates.duplicate == 0 && (toFolder != nil || rates.corrupt + rates.reorder == 0),
                "Files know --skip and --jitter, folders also --reorder (late files) and --corrupt (files never finished)."
            )
        }
        if let toFile {
            let ending = URL(filePath: toFile).pathExtension.lowercased()
            try check(["tif", "tiff", "btf"].contains(ending), "--to-file is \(toFile); let the name end in .tif.")
        }
        try check(
            keys.keys == nil || connect == nil,
            "--keys is for listening; with --connect use --key and --server-key."
        )
        try check(keys.key == nil || connect != nil, "--key is for --connect; for listening use --keys.")
        try check(frames.map { (1...10_000_000).contains($0) } ?? true, "--frames must be 1 to 10000000.")
        for (value, quantity, option) in [
            (frameInterval, Quantity.frameInterval, "--frame-interval"), (pixelSize, .pixelSize, "--pixel-size"),
        ] {
            try check(
                value.map(quantity.isPlausible) ?? true,
                "\(option) is \(value ?? 0); it must be \(quantity.rangeText)."
            )
        }
        try check(bitDepth.map { (8...16).contains($0) } ?? true, "--bit-depth is \(bitDepth ?? 0); use 8 to 16.")
        try check((0.001...1000).contains(speed), "--speed is \(speed); use 0.001 to 1000.")
        try check(loop >= 0, "--loop is \(loop); use 0 (for ever) or more.")
        try check((0...86_400).contains(wait), "--wait is \(wait) s; use 0 to 86400.")
        try check((1...1_000_000).contains(queue), "--queue is \(queue); use 1 to 1000000.")
    }

    func run() throws {
        Interruption.install()
        let series = try openSupplies().map { supply in
            try PlaybackSeries(
                supply,
                frameLimit: frames,
                pixelType: type,
                pixelSize: pixelSize,
                frameInterval: frameInterval,
                bitDepth: bitDepth
            )
        }
        var player = try Player(movies: series, plan: try plan)
        for item in series {
            let rate = String(format: "%.1f", 1000 * speed / item.frameIntervalMilliseconds)
            let recorded = item.movie.recordedSeries == nil ? "" : ", as recorded"
            Terminal.writeLine(
                "playing \(item.frameCount) frames of \(item.movie.size) at \(rate) frame/s\(recorded), "
                    + "\(toFile == nil && toFolder == nil ? "endpoint" : "to") \(player.place)"
            )
        }
        let report = try player.run(isCancelled: { Interruption.isRequested }) { report, seconds in
            let rate = String(format: "%.1f", Double(report.framesDue) / max(seconds, 1e-9))
            Terminal.showProgress("frame \(report.framesDue), series \(report.series.count), \(rate) frame/s")
        }
        Terminal.showProgress("")
        print(try report.json())
    }

    private static func pixelType(named name: String) throws -> PixelFormat.NumberType {
        guard let type = PixelFormat.NumberType(rawValue: name) else {
            throw ValidationError("--type is \(name); use uint8, uint16 or float32.")
        }
        return type
    }

    private var movement: Movement? {
        get throws(MovementError) {
            guard let shake else { return nil }
            return try Movement(shake, seed: seed)
        }
    }

    private func openSupplies() throws -> [any FrameSupply] {
        let movement = try movement
        guard synth else {
            return try MovieSupply.all(movies, channel: channel).map { movie -> any FrameSupply in
                let interval = frameInterval ?? movie.frameIntervalMilliseconds
                guard let movement else { return movie }
                return ShakenMovie(
                    movie,
                    movement,
                    frameIntervalMilliseconds: interval ?? Calibration.published.frameIntervalMilliseconds
                )
            }
        }
        let frameCount = frames ?? 1000
        let recording = SyntheticRecording(
            seed: seed,
            size: FrameSize(height: 64, width: 512),
            frameCount: frameCount,
            calibration: Calibration(
                pixelSizeMicrometres: pixelSize ?? Calibration.published.pixelSizeMicrometres,
                frameIntervalMilliseconds: frameInterval ?? Calibration.published.frameIntervalMilliseconds
            ),
            movement: movement
        ) { made in
            if made % 50 == 0 { Terminal.showProgress("synthesising frame \(made) of \(frameCount)") }
        }
        Terminal.showProgress("")
        Terminal.writeLine("synthesised seed \(seed): \(recording.briefDescription)")
        return [SyntheticMovie(recording)]
    }

    private var plan: PlaybackPlan {
        get throws {
            var plan = openPlan
            plan.security = try keys.security
            plan.allowedKeys = keys.folder
            return plan
        }
    }

    private var openPlan: PlaybackPlan {
        var plan = PlaybackPlan()
        plan.speed = speed
        if let bind { plan.target = .socket(.bind(bind)) }
        if let connect { plan.target = .socket(.connect(connect)) }
        if let toFile { plan.target = .file(toFile, fileFormat) }
        if let toFolder { plan.target = .folder(toFolder) }
        plan.dialect = dialect
        plan.passCount = loop == 0 ? nil : loop
        plan.subscriberWaitSeconds = waitForSubscriber ? wait : nil
        plan.queueLength = queue
        plan.faults = faults.rates
        plan.faultSeed = faults.faultSeed
        plan.restartPosition = faults.restartAt
        plan.restartPauseMilliseconds = faults.restartPause
        return plan
    }
}

/// Options that make a playback go wrong on purpose.
struct FaultOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "Probability that the camera misses a frame: a gap in frame, none in message_num."
    )
    var skip = 0.0

    @Option(
        parsing: .unconditional,
        help: "Probability that a message is lost on the way: a gap in frame and message_num."
    )
    var drop = 0.0

    @Option(parsing: .unconditional, help: "Probability that a message arrives twice.")
    var duplicate = 0.0

    @Option(parsing: .unconditional, help: "Probability that a message arrives after the one that was sent next.")
    var reorder = 0.0

    @Option(
        parsing: .unconditional,
        help: "Probability that a message arrives damaged: broken JSON, too few bytes, a lying shape, no pixels."
    )
    var corrupt = 0.0

    @Option(parsing: .unconditional, help: "Longest random delay of a message, in milliseconds.")
    var jitter = 0.0

    @Option(
        parsing: .unconditional,
        help: "Kill and restart the sender before this frame, counted over all series from 0."
    )
    var restartAt: Int?

    @Option(parsing: .unconditional, help: "How long a killed sender is away, in milliseconds.")
    var restartPause = 500.0

    @Option(parsing: .unconditional, help: "Seed of all faults.")
    var faultSeed: UInt64 = 1

    var rates: FaultRates {
        FaultRates(
            skip: skip,
            drop: drop,
            duplicate: duplicate,
            reorder: reorder,
            corrupt: corrupt,
            jitterMilliseconds: jitter
        )
    }

    func validate() throws {
        let probabilities = [
            ("--skip", skip), ("--drop", drop), ("--duplicate", duplicate), ("--reorder", reorder),
            ("--corrupt", corrupt),
        ]
        for (name, value) in probabilities where !(0...1).contains(value) {
            throw ValidationError("\(name) is \(value); a probability is between 0 and 1.")
        }
        guard (0...60_000).contains(jitter) else { throw ValidationError("--jitter must be 0 to 60000 ms.") }
        guard (0...600_000).contains(restartPause) else {
            throw ValidationError("--restart-pause must be 0 to 600000 ms.")
        }
        guard restartAt.map({ $0 >= 0 }) ?? true else { throw ValidationError("--restart-at must be 0 or more.") }
    }
}

extension HeaderDialect: ExpressibleByArgument {}
extension MovieFileFormat: ExpressibleByArgument {}
