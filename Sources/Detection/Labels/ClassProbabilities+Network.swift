import UNet

extension ClassProbabilities {
    /// Takes the event probabilities of a wanted range of the network's result.
    init(_ probabilities: Probabilities, range: Int = 0) {
        self.init(
            spark: probabilities.channel(.spark, ofRange: range),
            wave: probabilities.channel(.wave, ofRange: range),
            puff: probabilities.channel(.puff, ofRange: range)
        )
    }
}
