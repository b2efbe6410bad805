import ArgumentParser
import Detection
import Foundation
import Streams
import UNet

/// `sparkwatch bench`: how fast this computer finds events.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures how fast this computer finds events.",
        discussion: """
            Feeds frames of camera noise to the detector and prints the median time of every stage of one stride, and \
            the real-time factor: recording time per computing time. Above 1 the computer keeps up with the microscope.
            """
    )

    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @Option(help: "Strides to measure, behind two that warm up.")
    var strides = 20

    @Option(help: "Height of a frame in pixels.")
    var height = 64

    @Option(help: "Width of a frame in pixels.")
    var width = 512

    @Option(help: "Threads that compute the network; default: one per core.")
    var threads: Int?

    @Option(help: "How the network's convolutions are computed; auto takes in every layer what is faster there.")
    var algorithm = ConvolutionAlgorithm.auto

    @Option(help: "Time from frame to frame that counts as real time, in ms.")
    var frameIntervalMs = 6.8

    @Flag(help: "Print JSON.")
    var json = false

    @Option(name: .customLong("print"), help: "Print the value of this key of the JSON alone.")
    var key: String?

    func validate() throws {
        try check(Double(strides), isBetween: 1, and: 1e5, named: "--strides")
        try check(Double(height), isBetween: 1, and: 4096, named: "--height")
        try check(Double(width), isBetween: 1, and: 4096, named: "--width")
        try check(threads.map(Double.init), isBetween: 1, and: 1024, named: "--threads")
        try check(frameIntervalMs, isBetween: 0.01, and: 60000, named: "--frame-interval-ms")
        if let key, !BenchReport.CodingKeys.allCases.map(\.rawValue).contains(key) {
            let keys = BenchReport.CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--print has no key '\(key)'. Keys: \(keys).")
        }
    }

    func run() throws {
        let report = try measure()
        if let key {
            let object = try JSONSerialization.jsonObject(with: report.json()) as? [String: Any]
            print(object?[key] ?? "")
        } else if json {
            print(String(decoding: try report.json(), as: UTF8.self))
        } else {
            print(report.table)
        }
    }

    private func measure() throws -> BenchReport {
        let size = FrameSize(height: height, width: width)
        let network = try InstalledFiles.loadModel(model)
        let threadCount = threads ?? ProcessInfo.processInfo.activeProcessorCount
        var settings = DetectorSettings(threshold: .fixed(0.5), threads: threadCount)
        settings.algorithm = algorithm
        var detector = try EventDetector(
            model: network,
            size: size,
            calibration: Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: frameIntervalMs),
            settings: settings
        )
        var noise = CameraNoise(pixelCount: size.pixelCount)
        var durations: [StageDurations] = []
        while durations.count < strides + 2 {
            guard let batch = try noise.nextFrame().withUnsafeBufferPointer({ try detector.take($0) }),
                batch.newFrameCount == settings.stride
            else { continue }
            durations.append(batch.durations)
        }
        return BenchReport(
            durations: Array(durations.dropFirst(2)),
            stride: settings.stride,
            frameIntervalMilliseconds: frameIntervalMs,
            size: size,
            threads: threadCount
        )
    }
}

/// Frames that look like the dark cell of a camera: uniform noise of a fixed seed.
private struct CameraNoise {
    private var state: UInt64 = 1
    private var frame: [Float]

    init(pixelCount: Int) { frame = [Float](repeating: 0, count: pixelCount) }

    mutating func nextFrame() -> [Float] {
        for pixel in frame.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            frame[pixel] = 400 + Float(state >> 54)
        }
        return frame
    }
}
