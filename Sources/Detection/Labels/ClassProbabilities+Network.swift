import Imaging
import UNet

extension ClassProbabilities {
    /// Takes the event probabilities of the first range of the network's result.
    ///
    /// - Parameters:
    ///   - probabilities: The result.
    ///   - factor: Frames that the network saw for each of the camera, which was the last of them.
    ///   - first: The first frame of the range, counted from one that begins such a group.
    init(_ probabilities: Probabilities, oneOf factor: Int = 1, from first: Int = 0) {
        let pixelCount = probabilities.frameSize.pixelCount
        let frames = (0..<probabilities.ranges[0].count).filter { (first + $0 + 1).isMultiple(of: factor) }
        func values(_ channel: NetworkClass) -> [Float] {
            probabilities.withChannel(channel) { values in
                guard factor > 1 else { return Array(values) }
                return frames.flatMap { values[$0 * pixelCount..<($0 + 1) * pixelCount] }
            }
        }
        self.init(spark: values(.spark), wave: values(.wave), puff: values(.puff))
    }
}

extension EventClass {
    /// What a channel of the network's result tells; nil for the background.
    init?(_ networkClass: NetworkClass) {
        self.init(rawValue: UInt8(networkClass.rawValue))
    }
}
