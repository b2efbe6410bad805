import Foundation
import Imaging
import UNet

/// What a benchmark found; numbers are medians over strides unless they say otherwise.
struct BenchReport: Codable {
    /// One layer, one stage or the whole stride.
    struct Row: Codable {
        enum Kind: String, Codable { case layer, stage, total }

        let kind: Kind
        let name: String
        /// How a convolution is computed, else empty.
        let method: String
        let milliseconds: Double
        /// Operations of direct convolutions, 10^9 of them per stride; nil if the row has none.
        let gigaOperations: Double?
        let gigaOperationsPerSecond: Double?
        let percentOfPeak: Double?
        /// Pieces that threads share, of the layer's smallest job; nil for stages.
        let pieces: Int?

        enum CodingKeys: String, CodingKey {
            case kind
            case name
            case method
            case milliseconds = "ms"
            case gigaOperations = "gflop"
            case gigaOperationsPerSecond = "gflops"
            case percentOfPeak = "percent_of_fma_peak"
            case pieces
        }
    }

    let strideMilliseconds: Double
    let strideMilliseconds95: Double
    let strideMilliseconds99: Double
    /// From the last frame of a stride to its result.
    let delayMilliseconds: Double
    /// The part of a stride that one thread computes while the others wait.
    let serialMilliseconds: Double
    let gigaOperations: Double
    let peakGigaOperationsPerSecond: Double
    let percentOfPeak: Double
    let realTimeFactor: Double
    let instructionSet: String
    let processor: String
    let threads: Int
    let algorithm: String
    let work: String
    let frameHeight: Int
    let frameWidth: Int
    let strides: Int
    /// Largest memory of the process, 10^6 bytes; nil if it held more than one detector.
    let peakMemoryMegabytes: Double?
    /// Time with one thread, per thread and time with all of them; nil unless both were measured in turns.
    var parallelEfficiencyPercent: Double?
    let table: [Row]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case strideMilliseconds = "stride_ms"
        case strideMilliseconds95 = "stride_p95_ms"
        case strideMilliseconds99 = "stride_p99_ms"
        case delayMilliseconds = "last_frame_to_result_ms"
        case serialMilliseconds = "serial_ms"
        case gigaOperations = "gflop_per_stride"
        case peakGigaOperationsPerSecond = "fma_peak_gflops"
        case percentOfPeak = "percent_of_fma_peak"
        case realTimeFactor = "real_time_factor"
        case instructionSet = "isa"
        case processor
        case threads
        case algorithm
        case work
        case frameHeight = "frame_height"
        case frameWidth = "frame_width"
        case strides
        case peakMemoryMegabytes = "peak_memory_mb"
        case parallelEfficiencyPercent = "parallel_efficiency_percent"
        case table
    }

    /// `isAlone` is false if another measurement shared the memory of the process.
    init(_ measurement: BenchMeasurement, isAlone: Bool = true) {
        let configuration = measurement.configuration, strides = measurement.strides
        let duration = Quantiles(strides.map(\.duration.milliseconds))
        strideMilliseconds = duration.median.rounded(digits: 2)
        strideMilliseconds95 = duration[0.95].rounded(digits: 2)
        strideMilliseconds99 = duration[0.99].rounded(digits: 2)
        delayMilliseconds = Quantiles(strides.map(\.delay.milliseconds)).median.rounded(digits: 2)
        serialMilliseconds = Quantiles(strides.map(\.serialDuration.milliseconds)).median.rounded(digits: 2)
        peakGigaOperationsPerSecond = Quantiles(strides.map(\.peak)).median.rounded(digits: 1)
        let recordingMilliseconds = Double(configuration.stride) * configuration.frameIntervalMilliseconds
        realTimeFactor = (recordingMilliseconds / duration.median).rounded(digits: 2)
        instructionSet = configuration.isa.name
        processor = Computer.processorName
        threads = configuration.threads
        algorithm = configuration.algorithm.rawValue
        work = configuration.work.rawValue
        frameHeight = configuration.size.height
        frameWidth = configuration.size.width
        self.strides = strides.count
        peakMemoryMegabytes = isAlone ? Computer.peakMemoryMegabytes : nil
        table = Self.layers(strides) + Self.stages(strides)
        let total = Self.row(.total, "whole stride", of: strides) { ($0.duration, $0.operationCount) }
        gigaOperations = total.gigaOperations ?? 0
        percentOfPeak = total.percentOfPeak ?? 0
    }

    private static func layers(_ strides: [StrideMeasurement]) -> [Row] {
        var names: [NetworkLayer] = []
        for layer in strides.flatMap(\.layers) where !names.contains(layer.layer) { names.append(layer.layer) }
        return names.map { name in
            let parts = strides.map { $0.layers.filter { $0.layer == name } }
            let pieces = parts.joined().map(\.fewestPieces).min()
            return row(.layer, "\(name)", method: parts.joined().first?.method ?? "", pieces: pieces, of: strides) {
                stride in
                let parts = stride.layers.filter { $0.layer == name }
                return (parts.reduce(.zero) { $0 + $1.duration }, parts.reduce(0) { $0 + $1.operationCount })
            }
        }
    }

    private static func stages(_ strides: [StrideMeasurement]) -> [Row] {
        (strides.first?.stages.map(\.stage) ?? []).map { stage in
            row(.stage, stage.rawValue, of: strides) { stride in
                let part = stride.stages.first { $0.stage == stage }
                return (part?.duration ?? .zero, part?.operationCount ?? 0)
            }
        } + [row(.total, "whole stride", of: strides) { ($0.duration, $0.operationCount) }]
    }

    /// Medians over strides; a rate is compared with the peak that was measured beside its stride.
    private static func row(
        _ kind: Row.Kind,
        _ name: String,
        method: String = "",
        pieces: Int? = nil,
        of strides: [StrideMeasurement],
        _ part: (StrideMeasurement) -> (duration: Duration, operationCount: Int)
    ) -> Row {
        let parts = strides.map { (part($0), peak: $0.peak) }
        let operations = Quantiles(parts.map { Double($0.0.operationCount) }).median / 1e9
        let rates = parts.map { Double($0.0.operationCount) / max($0.0.duration.seconds, 1e-9) / 1e9 }
        let shares = zip(rates, parts).map { rate, part in 100 * rate / part.peak }
        return Row(
            kind: kind,
            name: name,
            method: method,
            milliseconds: Quantiles(parts.map { $0.0.duration.milliseconds }).median.rounded(digits: 3),
            gigaOperations: operations > 0 ? operations.rounded(digits: 4) : nil,
            gigaOperationsPerSecond: operations > 0 ? Quantiles(rates).median.rounded(digits: 1) : nil,
            percentOfPeak: operations > 0 ? Quantiles(shares).median.rounded(digits: 1) : nil,
            pieces: pieces
        )
    }
}

/// Order statistics of at least one value.
struct Quantiles {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The smallest value that so large a part of all values does not exceed.
    subscript(part: Double) -> Double {
        sorted[min(sorted.count - 1, max(0, Int((part * Double(sorted.count)).rounded(.up)) - 1))]
    }

    var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }
}

extension Double {
    func rounded(digits: Int) -> Double {
        let scale = pow(10, Double(digits))
        return (self * scale).rounded() / scale
    }
}
