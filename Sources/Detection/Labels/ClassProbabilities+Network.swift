import UNet

extension ClassProbabilities {
    /// Takes the network's result, all wanted ranges one after the other.
    init(_ probabilities: Probabilities) {
        func joined(_ channel: NetworkClass) -> [Float] {
            probabilities.ranges.indices.flatMap { probabilities.channel(channel, ofRange: $0) }
        }
        self.init(spark: joined(.spark), wave: joined(.wave), puff: joined(.puff))
    }
}
