import Detection
import Foundation
import UNet

/// Medians over strides, in ms, and what they mean for a live recording.
struct BenchReport: Encodable {
    let strideMilliseconds: Double
    let networkMilliseconds: Double
    let labelsMilliseconds: Double
    let instancesMilliseconds: Double
    let eventsMilliseconds: Double
    let realTimeFactor: Double
    let instructionSet: String
    let threads: Int
    let frameHeight: Int
    let frameWidth: Int
    let strides: Int
    let peakMemoryMegabytes: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case strideMilliseconds = "stride_ms"
        case networkMilliseconds = "network_ms"
        case labelsMilliseconds = "labels_ms"
        case instancesMilliseconds = "instances_ms"
        case eventsMilliseconds = "events_ms"
        case realTimeFactor = "real_time_factor"
        case instructionSet = "isa"
        case threads
        case frameHeight = "frame_height"
        case frameWidth = "frame_width"
        case strides
        case peakMemoryMegabytes = "peak_memory_mb"
    }

    init(
        durations: [StageDurations],
        stride: Int,
        frameIntervalMilliseconds: Double,
        size: FrameSize,
        threads: Int
    ) {
        func median(_ stage: KeyPath<StageDurations, Duration>) -> Double {
            let sorted = durations.map { $0[keyPath: stage] / .milliseconds(1) }.sorted()
            return ((sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 * 100).rounded() / 100
        }
        strideMilliseconds = median(\.total)
        networkMilliseconds = median(\.network)
        labelsMilliseconds = median(\.labels)
        instancesMilliseconds = median(\.instances)
        eventsMilliseconds = median(\.events)
        realTimeFactor = (Double(stride) * frameIntervalMilliseconds / strideMilliseconds * 100).rounded() / 100
        instructionSet = Computer.instructionSet
        self.threads = threads
        frameHeight = size.height
        frameWidth = size.width
        strides = durations.count
        peakMemoryMegabytes = Computer.peakMemoryMegabytes
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return try encoder.encode(self)
    }

    var table: String {
        let rows = [
            ("network", networkMilliseconds), ("labels", labelsMilliseconds), ("instances", instancesMilliseconds),
            ("events", eventsMilliseconds), ("whole stride", strideMilliseconds),
        ]
        let stages = rows.map { name, milliseconds in
            "  " + name.padding(toLength: 14, withPad: " ", startingAt: 0) + String(format: "%10.2f ms", milliseconds)
        }
        return """
            \(frameHeight) x \(frameWidth) pixels, \(threads) threads, \(instructionSet); medians of \(strides) strides
            \(stages.joined(separator: "\n"))
              real-time factor \(realTimeFactor), peak memory \(peakMemoryMegabytes) MB
            """
    }
}
