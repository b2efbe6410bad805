package import Imaging

/// How a live detector chooses the total event probability above which a voxel can belong to an event.
package enum ThresholdPolicy: Sendable, Equatable {
    /// The same threshold for every frame, for instance the one stored with the model.
    case fixed(Float)
    /// Otsu over all frames so far, but never below the floor.
    case runningOtsu(floor: Float)
}

/// Applies a ``ThresholdPolicy`` to slab after slab of one segment.
package struct ThresholdEstimator: Sendable, Equatable {
    package let policy: ThresholdPolicy
    private var runningOtsu = RunningOtsu()

    package init(policy: ThresholdPolicy) {
        self.policy = policy
    }

    /// True if the threshold depends on the probabilities.
    var notesProbabilities: Bool {
        switch policy {
        case .fixed: false
        case .runningOtsu: true
        }
    }

    /// Takes note of the probabilities that follow.
    mutating func note(_ probabilities: ClassProbabilities) {
        runningOtsu.add(probabilities.eventTotals)
    }

    /// The threshold after all that was noted.
    var threshold: Float {
        switch policy {
        case .fixed(let threshold): threshold
        case .runningOtsu(let floor): max(floor, runningOtsu.threshold ?? floor)
        }
    }

    /// The threshold for a slab, given all slabs before it and the slab itself.
    package mutating func threshold(for probabilities: ClassProbabilities) -> Float {
        if notesProbabilities { note(probabilities) }
        return threshold
    }
}
