import ArgumentParser
import CKernels
import Detection
import Foundation
import Imaging
import UNet

/// `sparkwatch bench`: how fast this computer finds events.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast this computer finds events.",
        discussion: """
            Feeds frames to the detector and prints what every layer of the network and every stage of one stride takes, \
            as medians over strides. Rates count the operations of direct convolutions, however they are computed, and \
            are compared with the multiply-adds that the same threads reach right beside every stride. The real-time \
            factor is recording time per computing time: above 1 the computer keeps up with the microscope.
            """
    )

    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @Option(parsing: .unconditional, help: "Strides to measure, after two that warm up.")
    var strides = 40

    @Option(parsing: .unconditional, help: "Height of a frame in pixels; default: 64.")
    var height: Int?

    @Option(parsing: .unconditional, help: "Width of a frame in pixels; default: 512.")
    var width: Int?

    @Option(help: "Movie (TIFF) whose frames are fed over and over; default: camera noise.")
    var movie: String?

    @Option(parsing: .unconditional, help: "Threads that compute the network; default: one per core.")
    var threads: Int?

    @Option(help: "Instruction set: portable, avx2 or avx512; default: the best that SPARKWATCH_ISA allows.")
    var isa: CKernelsISA?

    @Option(help: "How the network's convolutions are computed; auto takes in every layer what is faster there.")
    var algorithm = ConvolutionAlgorithm.auto

    @Flag(help: "Measure the network alone.")
    var networkOnly = false

    @Flag(help: "Measure the network alone and compute every window anew, as without reuse between windows.")
    var wholeWindow = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Compare frame sizes, such as 64x512 512x512, each in a process of its own.",
            valueName: "hxw"
        )
    )
    var sizes: [FrameSize] = []

    @Flag(help: "Compare one thread with --threads of them, stride by stride in turns.")
    var threadSweep = false

    @Option(help: "Write the network's probabilities of the measured strides' frames to this file (safetensors).")
    var probabilities: String?

    @Option(help: "Events to announce before they are final: off, waves, all or fine.")
    var provisional = ProvisionalPolicy.off

    @Option(help: "Movement of the cell to undo: auto, on or off.")
    var stabilize = StabilisationPolicy.auto

    @Option(parsing: .unconditional, help: "Time from frame to frame that counts as real time, in ms.")
    var frameIntervalMs = 6.8

    @Flag(help: "Print JSON.")
    var json = false

    @Option(name: .customLong("print"), help: "Print the value of this key of the JSON alone.")
    var key: String?

    func validate() throws {
        try check(Double(strides), isBetween: 1, and: 1e5, named: "--strides")
        try check(height.map(Double.init), isBetween: 1, and: 4096, named: "--height")
        try check(width.map(Double.init), isBetween: 1, and: 4096, named: "--width")
        for size in sizes {
            try check(Double(size.height), isBetween: 1, and: 4096, named: "the height in --sizes")
            try check(Double(size.width), isBetween: 1, and: 4096, named: "the width in --sizes")
        }
        try check(threads.map(Double.init), isBetween: 1, and: 1024, named: "--threads")
        try check(frameIntervalMs, isBetween: 0.01, and: 60000, named: "--frame-interval-ms")
        if let isa, isa.rawValue > ckernels_isa().rawValue {
            throw ValidationError(
                "--isa is \(isa.name); this processor has, or SPARKWATCH_ISA allows, no more than \(ckernels_isa().name)."
            )
        }
        if movie != nil, height != nil || width != nil || !sizes.isEmpty {
            throw ValidationError("--movie has frames of its own size; leave out --height, --width and --sizes.")
        }
        if !sizes.isEmpty, threadSweep || height != nil || width != nil || probabilities != nil || key != nil {
            throw ValidationError(
                "--sizes goes without --thread-sweep, --height, --width, --probabilities and --print."
            )
        }
        if threadSweep, probabilities != nil || key != nil {
            throw ValidationError("--thread-sweep goes without --probabilities and --print.")
        }
        if provisional != .off, networkOnly || wholeWindow || probabilities != nil {
            throw ValidationError("--provisional goes without --network-only, --whole-window and --probabilities.")
        }
        if wholeWindow, probabilities != nil {
            throw ValidationError("--probabilities are those of the incremental network; leave out --whole-window.")
        }
        if let key, !BenchReport.CodingKeys.allCases.map(\.rawValue).contains(key) {
            let keys = BenchReport.CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--print has no key '\(key)'. Keys: \(keys).")
        }
    }

    func run() throws {
        if !sizes.isEmpty {
            try show(SizeSweep(sizes: sizes, options: sharedOptions).reports())
        } else if threadSweep {
            try show(sweepThreads())
        } else {
            let report = try measure()
            if let key {
                let object = try JSONSerialization.jsonObject(with: encoded(report)) as? [String: Any]
                print(object?[key] ?? "")
            } else {
                print(json ? String(decoding: try encoded(report), as: UTF8.self) : report.text)
            }
        }
    }

    private func measure() throws -> BenchReport {
        let measurement = try newMeasurement(threads: threadCount)
        let recorder = try probabilities.map { try ProbabilityRecorder(path: $0) }
        if let recorder, let network = measurement.runner as? NetworkStrides {
            network.receive = recorder.record
        }
        try measure([measurement])
        try recorder?.write()
        return BenchReport(measurement)
    }

    private func sweepThreads() throws -> [BenchReport] {
        let counts = threadCount > 1 ? [1, threadCount] : [1]
        let measurements = try counts.map { try newMeasurement(threads: $0) }
        try measure(measurements)
        return measurements.map { measurement in
            var report = BenchReport(measurement, isAlone: measurements.count == 1)
            let speedUps = zip(measurements[0].strides, measurement.strides).map { $0.duration / $1.duration }
            let efficiency = Quantiles(speedUps).median / Double(measurement.configuration.threads)
            report.parallelEfficiencyPercent = (100 * efficiency).rounded(digits: 1)
            return report
        }
    }

    private func newMeasurement(threads: Int) throws -> BenchMeasurement {
        let frames: any BenchFrames =
            if let movie {
                try RecordedFrames(movieAt: movie)
            } else {
                CameraNoise(size: FrameSize(height: height ?? 64, width: width ?? 512))
            }
        let isNetworkAlone = networkOnly || probabilities != nil
        let configuration = BenchConfiguration(
            model: try InstalledFiles.loadModel(model),
            size: frames.size,
            threads: threads,
            isa: isa ?? ckernels_isa(),
            algorithm: algorithm,
            work: wholeWindow ? .wholeWindow : isNetworkAlone ? .network : .events,
            provisional: provisional,
            stabilisation: stabilize,
            frameIntervalMilliseconds: frameIntervalMs
        )
        return try BenchMeasurement(configuration, frames: frames)
    }

    /// Strides of all configurations in turns, so that a change of the processor's clock meets all of them.
    private func measure(_ measurements: [BenchMeasurement]) throws {
        let progress = ProgressLine(name: "Measuring", total: strides, unit: "strides")
        defer { progress.finish() }
        for index in 0..<strides {
            for measurement in measurements { try measurement.measureStride() }
            progress.show(index + 1)
        }
    }

    private var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    /// What a process that measures one size has to be told.
    private var sharedOptions: [String] {
        var options = ["--strides", "\(strides)", "--threads", "\(threadCount)", "--algorithm", algorithm.rawValue]
        options += ["--frame-interval-ms", "\(frameIntervalMs)"]
        options += ["--provisional", provisional.rawValue, "--stabilize", stabilize.rawValue]
        if let model { options += ["--model", model] }
        if let isa { options += ["--isa", isa.name] }
        if networkOnly { options.append("--network-only") }
        if wholeWindow { options.append("--whole-window") }
        return options
    }

    private func show(_ reports: [BenchReport]) throws {
        print(json ? String(decoding: try encoded(reports), as: UTF8.self) : BenchReport.comparison(reports))
    }

    private func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return try encoder.encode(value)
    }
}
