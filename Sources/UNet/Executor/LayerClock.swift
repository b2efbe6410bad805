/// A layer of the network, or of what lies between them, that takes time of its own.
package enum NetworkLayer: Hashable, Sendable, CustomStringConvertible {
    /// Convolution 1 or 2 of a level on the way down.
    case encoder(level: Int, convolution: Int)
    /// To a level from the one above it.
    case pooling(level: Int)
    /// To a level from the one below it.
    case upConvolution(level: Int)
    /// Convolution 1 or 2 of a level on the way up.
    case decoder(level: Int, convolution: Int)
    /// The final layer and softmax.
    case classes

    package var description: String {
        switch self {
        case .encoder(let level, let convolution): "encoder \(level) convolution \(convolution)"
        case .pooling(let level): "pooling to level \(level)"
        case .upConvolution(let level): "up-convolution to level \(level)"
        case .decoder(let level, let convolution): "decoder \(level) convolution \(convolution)"
        case .classes: "classes"
        }
    }
}

/// Adds up the time of every layer of a network; see ``SlidingUNet/layerClock``.
package final class LayerClock {
    /// What one layer did.
    package struct Measurement: Sendable {
        package let layer: NetworkLayer
        /// How the layer is computed.
        package let method: String
        package fileprivate(set) var duration = Duration.zero
        /// Floating-point operations of a direct convolution, two per multiply-add; taps that read zero padding count
        /// like others, pooling and softmax do not count.
        package fileprivate(set) var operationCount = 0
        /// Pieces of which the smallest of the layer's jobs is made: more threads than that cannot share it.
        package fileprivate(set) var fewestPieces: Int
    }

    private var measurements: [Measurement] = []
    private var indices: [NetworkLayer: Int] = [:]

    package init() {}

    /// The layers since the last call, in the order in which they were computed first.
    package func drain() -> [Measurement] {
        defer {
            measurements.removeAll(keepingCapacity: true)
            indices.removeAll(keepingCapacity: true)
        }
        return measurements
    }

    func add(_ layer: NetworkLayer, method: String, pieceCount: Int, duration: Duration, operationCount: Int) {
        let index = indices[layer] ?? measurements.count
        if index == measurements.count {
            indices[layer] = index
            measurements.append(Measurement(layer: layer, method: method, fewestPieces: pieceCount))
        }
        measurements[index].fewestPieces = min(measurements[index].fewestPieces, pieceCount)
        measurements[index].duration += duration
        measurements[index].operationCount += operationCount
    }
}
