/// How a live detector chooses the total event probability above which a voxel can belong to an event.
public enum ThresholdPolicy: Sendable, Equatable {
    /// The same threshold for every frame, for instance the one stored with the model.
    case fixed(Float)
    /// Otsu over all frames so far, but never below the floor.
    case runningOtsu(floor: Float)
}

/// Applies a ``ThresholdPolicy`` to slab after slab of one segment.
public struct ThresholdEstimator: Sendable, Equatable {
    public let policy: ThresholdPolicy
    private var runningOtsu = RunningOtsu()

    public init(policy: ThresholdPolicy) {
        self.policy = policy
    }

    /// The threshold for a slab, given all slabs before it and the slab itself.
    public mutating func threshold(for probabilities: ClassProbabilities) -> Float {
        switch policy {
        case .fixed(let threshold):
            return threshold
        case .runningOtsu(let floor):
            runningOtsu.add(probabilities.eventTotals)
            return max(floor, runningOtsu.threshold ?? floor)
        }
    }
}
