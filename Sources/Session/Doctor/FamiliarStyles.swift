import Foundation

/// The recordings that a model was trained on, as far as cheap statistics tell them from others.
package struct FamiliarStyles: Sendable, Equatable {
    /// Where a feature lies in training: its median, and its spread, which is a standard deviation if it is normal.
    package struct Spread: Sendable, Equatable {
        package let middle: Double
        package let deviation: Double
    }

    package let features: [StyleFeature: Spread]

    /// How near a recording is to those of training.
    package struct Likeness: Sendable, Equatable {
        /// Root mean square over the features of the distances from the middle, in deviations.
        package let distance: Double
        /// Features that lie outside of nearly all of the training, farthest first.
        package let differing: [StyleFeature]

        package var grade: Check.Grade {
            distance <= FamiliarStyles.likeLimit ? .good : distance <= FamiliarStyles.unlikeLimit ? .notice : .bad
        }

        package var word: String {
            switch grade {
            case .good: "like"
            case .bad: "not at all like"
            default: "unlike"
            }
        }
    }

    /// Largest distances of recordings that are called like, and unlike; beyond, they are not at all like.
    package static let likeLimit = 2.0
    package static let unlikeLimit = 3.2
    private static let farthest = 8.0
    private static let clearlyOther = 2.5

    /// Those of a model, by what its file says of its training; nil if that is not known here.
    package init?(training: String?) {
        guard let training, training.contains("sparksim") else { return nil }
        self = .simulated
    }

    private init(_ features: [StyleFeature: Spread]) { self.features = features }

    /// Compares the style of a recording.
    package func likeness(of style: [StyleFeature: Double]) -> Likeness {
        let distances = features.compactMap { feature, spread -> (feature: StyleFeature, size: Double)? in
            guard let value = style[feature], value.isFinite else { return nil }
            return (feature, min(abs(value - spread.middle) / spread.deviation, Self.farthest))
        }
        let square = distances.reduce(0) { $0 + $1.size * $1.size } / Double(max(1, distances.count))
        let far = distances.filter { $0.size > Self.clearlyOther }
            .sorted { ($0.size, $0.feature.rawValue) > ($1.size, $1.feature.rawValue) }
        return Likeness(distance: square.squareRoot(), differing: far.map(\.feature))
    }
}

extension FamiliarStyles {
    /// Usual simulated recordings, as `Benchmarks/doctor/styles.py` measures them.
    package static let simulated = FamiliarStyles([
        .brightness: Spread(middle: 7.970, deviation: 0.987),
        .coverage: Spread(middle: 0.508, deviation: 0.214),
        .changeWidth: Spread(middle: 0.084, deviation: 0.183),
        .clouds: Spread(middle: -1.552, deviation: 0.269),
        .fastChange: Spread(middle: 0.042, deviation: 0.245),
        .flicker: Spread(middle: -5.073, deviation: 0.813),
        .grain: Spread(middle: -4.106, deviation: 0.306),
        .blank: Spread(middle: 0.082, deviation: 0.062),
        .lines: Spread(middle: 0.202, deviation: 0.575),
        .noiseAlongX: Spread(middle: 0.005, deviation: 0.032),
        .noiseAlongY: Spread(middle: 0.002, deviation: 0.006),
        .photons: Spread(middle: 2.468, deviation: 0.971),
        .slowChange: Spread(middle: 0.116, deviation: 0.651),
    ])
}
