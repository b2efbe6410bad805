import UNet

extension ClassProbabilities {
    /// Takes the event probabilities of the first wanted range of the network's result.
    init(_ probabilities: Probabilities) {
        self.init(
            spark: probabilities.channel(.spark),
            wave: probabilities.channel(.wave),
            puff: probabilities.channel(.puff)
        )
    }
}
