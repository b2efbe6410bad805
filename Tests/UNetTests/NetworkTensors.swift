import UNet

extension UNetShape {
    /// Names and shapes of all tensors, as in the published network.
    var tensors: [(name: String, shape: [Int])] {
        var tensors: [(String, [Int])] = []
        func block(_ path: String, from source: Int, to destination: Int) {
            tensors.append(("\(path).layers.0.weight", [destination, source, 3, 3, 3]))
            tensors.append(("\(path).layers.0.bias", [destination]))
            tensors.append(("\(path).layers.3.weight", [destination, destination, 3, 3, 3]))
            tensors.append(("\(path).layers.3.bias", [destination]))
        }
        for level in 0...steps {
            block(
                "down_path.\(level)",
                from: encoderSourceChannels(atLevel: level),
                to: channels(atLevel: level)
            )
        }
        for step in 0..<steps {
            let channels = channels(atLevel: steps - 1 - step)
            tensors.append(("up_path.\(2 * step).weight", [2 * channels, channels, 2, 2, 2]))
            tensors.append(("up_path.\(2 * step).bias", [channels]))
            block("up_path.\(2 * step + 1)", from: 2 * channels, to: channels)
        }
        tensors.append(("final_layer.weight", [classCount, firstLayerChannels, 1, 1, 1]))
        tensors.append(("final_layer.bias", [classCount]))
        return tensors
    }
}
