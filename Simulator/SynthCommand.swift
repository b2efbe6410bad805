import ArgumentParser
import Foundation
import Imaging

extension StyleFamily: ExpressibleByArgument {}
extension EventContent: ExpressibleByArgument {}

/// `sparksim synth`: writes synthetic recordings with labels and ground truth.
struct SynthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synth",
        abstract: "Writes synthetic recordings with labels and ground truth.",
        discussion: """
            Each recording becomes NN_video.tif (uint16), NN_class_label.tif (0 background, 1 spark, 2 wave, 3 puff, \
            4 undefined), NN_event_label.tif (ids from 1 on) and NN_events.json (ground truth and all parameters). \
            Cell, texture, events, noise and annotation differ from one recording to the next; the same seed and \
            number give the same files.
            """
    )

    @Option(name: .shortAndLong, help: "Folder for the files; created if missing.")
    var output: String

    @Option(parsing: .unconditional, help: "Number of recordings.")
    var count = 1

    @Option(parsing: .unconditional, help: "NN of the first file; the number also enters the seed of each recording.")
    var firstNumber = 1

    @Option(parsing: .unconditional, help: "Length of each recording, in frames.")
    var frames = 1000

    @Option(parsing: .unconditional, help: "Height of a frame, in pixels.")
    var height = 64

    @Option(parsing: .unconditional, help: "Width of a frame, in pixels.")
    var width = 512

    @Option(parsing: .unconditional, help: "Seed of the set.")
    var seed: UInt64 = 1

    @Option(
        parsing: .unconditional,
        help: """
            SNR90 that recordings are to have, to 15 % (real ones: 1.1 to 7.5, median 3.0), by the number of photons \
            (1.5 to 200) and by drawing recordings until one has it. Default: varies.
            """
    )
    var snr: Double?

    @Option(
        help: """
            Kind of laboratory: usual; instruments: any microscope and annotator; round, sheet, smooth-muscle: other \
            cells; spinning-disk; disturbed: movement, light that changes, washing. Training never shows unusual (other \
            kinetics, textures, noise and labels), rim (release at the rim) and widefield: they try a model on what it \
            does not know.
            """
    )
    var style = StyleFamily.usual

    @Option(
        help: """
            any: events by chance; waves: waves in every recording; no-waves: sparks and puffs only; none: recordings \
            without any event.
            """
    )
    var events = EventContent.any

    @Option(
        help: """
            NN_events.json of a synthetic recording that all resemble, as those of one laboratory do: its kinetics, \
            rates, noise, annotator, pixel size and frame interval. Cells and times of events still differ.
            """
    )
    var like: String?

    @Option(
        help: """
            Movement of the cell in view of the camera, parts with commas between them: drift-x=PIXELS_PER_SECOND, \
            sway-x=PIXELS@HERTZ, vibration-x=PIXELS@HERTZ, jitter-x=PIXELS (or -y), contraction=PIXELS@HERTZ, \
            contracture=PIXELS, focus=PIXELS@HERTZ, lines (rows one after another). Instead of the little movement that \
            recordings have by chance; cell and events stay the same.
            """
    )
    var shake: String?

    @Option(
        parsing: .unconditional,
        help: """
            Annotators who draw labels, 1 to 9, from strict to generous; classes of those after the first go to \
            NN_class_label_2.tif and so on.
            """
    )
    var annotators = 1

    @Option(parsing: .unconditional, help: "Pixel size, in micrometres. Default: 0.2; other styles vary it.")
    var pixelSize: Double?

    @Option(
        parsing: .unconditional,
        help: "Frame interval, in milliseconds. Default: 5.9, 6.8 or 7.16, by chance; other styles vary it."
    )
    var frameInterval: Double?

    func validate() throws {
        _ = try movement(seed: seed)
        func check(_ isValid: Bool, _ message: String) throws {
            guard isValid else { throw ValidationError(message) }
        }
        try check((1...100_000).contains(count), "--count is \(count); use 1 to 100000.")
        try check(firstNumber >= 0, "--first-number is \(firstNumber); use 0 or more.")
        try check((16...100_000).contains(frames), "--frames is \(frames); use 16 to 100000.")
        try check((16...4096).contains(height), "--height is \(height) pixels; use 16 to 4096.")
        try check((16...4096).contains(width), "--width is \(width) pixels; use 16 to 4096.")
        try check(
            pixelSize.map { (0.02...5).contains($0) } ?? true,
            "--pixel-size is \(pixelSize ?? 0) µm; use 0.02 to 5."
        )
        try check(snr.map { (0.1...50).contains($0) } ?? true, "--snr is \(snr ?? 0); use 0.1 to 50.")
        try check((1...9).contains(annotators), "--annotators is \(annotators); use 1 to 9.")
        try check(
            style.hasWaves || events != .waves,
            "--events waves does not go with --style \(style.rawValue), whose cells make none."
        )
        try check(snr == nil || events != .nothing, "--snr needs events: leave out --events none.")
        try check(
            frameInterval.map { (0.1...1000).contains($0) } ?? true,
            "--frame-interval is \(frameInterval ?? 0) ms; use 0.1 to 1000."
        )
        try check(
            like == nil || (style == .usual && events == .any && pixelSize == nil && frameInterval == nil),
            "--like decides style, events, pixel size and frame interval: leave out "
                + "--style, --events, --pixel-size and --frame-interval."
        )
    }

    /// Recordings that are drawn for one number at most until one has the SNR90 asked for.
    private static let mostDraws = 16
    private static let largestRelativeError = 0.15

    /// Seeds of the recordings that are drawn for one number of a set.
    static func seeds(of number: Int, in setSeed: UInt64) -> [UInt64] {
        var random = SeededRandom(seed: setSeed).stream(UInt64(number))
        // JSON readers that keep numbers as doubles read 53 bits exactly.
        return (0..<mostDraws).map { _ in random.next() >> 11 }
    }

    func run() throws {
        let folder = URL(fileURLWithPath: output, isDirectory: true)
        let model = try like.map { try SyntheticRecordingSummary.read(from: $0).style }
        try OutputFolder.make(folder)
        for number in firstNumber..<firstNumber + count {
            let label = "recording \(number - firstNumber + 1) of \(count)"
            let recording = try wanted(Self.seeds(of: number, in: seed), like: model, label: label)
            try recording.write(to: folder, number: number)
            Terminal.showProgress("")
            Terminal.writeLine("\(label): \(recording.briefDescription)")
            if !hasWantedQuality(recording) {
                Terminal.writeLine("\(label): none of \(Self.mostDraws) came nearer to an SNR90 of \(snr ?? 0)")
            }
        }
    }

    /// The first recording that is as asked for, or the one that comes nearest.
    private func wanted(_ seeds: [UInt64], like model: RecordingStyle?, label: String) throws -> SyntheticRecording {
        var nearest = try recording(seeds[0], like: model, label: label)
        for seed in seeds.dropFirst() where !hasWantedQuality(nearest) {
            let other = try recording(seed, like: model, label: label)
            if relativeError(other) < relativeError(nearest) { nearest = other }
        }
        return nearest
    }

    private func hasWantedQuality(_ recording: SyntheticRecording) -> Bool {
        snr == nil || relativeError(recording) <= Self.largestRelativeError
    }

    private func relativeError(_ recording: SyntheticRecording) -> Double {
        guard let snr, let found = recording.signalToNoise else { return .infinity }
        return abs(found / snr - 1)
    }

    private func movement(seed: UInt64) throws(MovementError) -> Movement? {
        guard let shake else { return nil }
        return try Movement(shake, seed: seed)
    }

    private func recording(_ seed: UInt64, like model: RecordingStyle?, label: String) throws -> SyntheticRecording {
        var random = SeededRandom(seed: seed).stream(0)
        let drawn = style.sampledCalibration(random: &random)
        return SyntheticRecording(
            seed: seed,
            size: FrameSize(height: height, width: width),
            frameCount: frames,
            calibration: model?.calibration
                ?? Calibration(
                    pixelSizeMicrometres: pixelSize ?? drawn.pixelSizeMicrometres,
                    frameIntervalMilliseconds: frameInterval ?? drawn.frameIntervalMilliseconds
                ),
            family: style,
            content: events,
            resembling: model,
            annotatorCount: annotators,
            signalToNoise: snr,
            movement: try movement(seed: seed)
        ) { made in
            if made % 50 == 0 { Terminal.showProgress("\(label): frame \(made) of \(frames)") }
        }
    }
}

extension SyntheticRecording {
    /// Counts of annotated events and the signal-to-noise ratio, on one line.
    var briefDescription: String {
        let counts = [(1, "sparks"), (3, "puffs"), (2, "waves"), (4, "undefined")].map { value, name in
            "\(events.count { $0.labelClass == value }) \(name)"
        }
        let quality = signalToNoise.map { String(format: "%.2f", $0) } ?? "none"
        let photons = String(format: "%.1f", style.camera.photons)
        return (counts + ["SNR90 \(quality)", "\(photons) photons", style.cell.shape.rawValue])
            .joined(separator: ", ")
    }
}
