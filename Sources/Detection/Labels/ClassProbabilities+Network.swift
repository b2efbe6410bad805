import Imaging
import UNet

extension ClassProbabilities {
    /// Takes the event probabilities of a wanted range of the network's result.
    ///
    /// - Parameters:
    ///   - probabilities: the result.
    ///   - range: which of its ranges.
    ///   - frames: counted from the start of the range; nil for all of them.
    init(_ probabilities: Probabilities, range: Int = 0, frames: Range<Int>? = nil) {
        let pixelCount = probabilities.frameSize.pixelCount
        func values(_ channel: NetworkClass) -> [Float] {
            probabilities.withChannel(channel, ofRange: range) { values in
                guard let frames else { return Array(values) }
                return Array(values[frames.lowerBound * pixelCount..<frames.upperBound * pixelCount])
            }
        }
        self.init(spark: values(.spark), wave: values(.wave), puff: values(.puff))
    }
}

extension ThresholdEstimator {
    /// The threshold for the first range of the network's result, given all results before it and this one.
    mutating func threshold(for probabilities: Probabilities) -> Float {
        for frame in probabilities.ranges[0].indices where notesProbabilities {
            let place = frame - probabilities.ranges[0].lowerBound
            note(ClassProbabilities(probabilities, frames: place..<place + 1))
        }
        return threshold
    }
}

extension EventClass {
    /// What a channel of the network's result tells; nil for the background.
    init?(_ networkClass: NetworkClass) {
        self.init(rawValue: UInt8(networkClass.rawValue))
    }
}
