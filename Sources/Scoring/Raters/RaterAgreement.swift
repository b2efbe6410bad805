import Imaging

/// How well experts agree with each other, and the model with them: Table 4 and Figure 6 of the paper.
package struct RaterAgreement: Sendable, Equatable, Encodable {
    /// Fleiss' kappa of the experts, one per frame, and the mean over the frames.
    package let fleiss: [Double]
    package let fleissMean: Double
    /// Every expert against the majority of the other experts.
    package let modelExcluded: Comparison?
    /// Every expert against the majority of the other experts and the model.
    package let modelIncluded: Comparison?

    /// Each rater against the majority of others.
    ///
    /// The model is always compared with all experts.
    package struct Comparison: Sendable, Equatable, Encodable {
        /// Cohen's kappa, one per frame; the experts in their order, the model last.
        package let cohen: [[Double]]
        /// Whether the kappas of the raters differ.
        package let kruskalWallis: KruskalWallis

        init(experts: [[[UInt32]]], model: [[UInt32]], includesModel: Bool) {
            let frames = experts[0].indices
            var groups = experts.indices.map { expert in
                let others =
                    experts.indices.filter { $0 != expert }.map { experts[$0] } + (includesModel ? [model] : [])
                return frames.map { frame in
                    Kappa.cohen(experts[expert][frame], Kappa.majority(of: others.map { $0[frame] }))
                }
            }
            groups.append(
                frames.map { frame in Kappa.cohen(model[frame], Kappa.majority(of: experts.map { $0[frame] })) }
            )
            cohen = groups
            kruskalWallis = KruskalWallis(groups)
        }

        private enum CodingKeys: String, CodingKey {
            case cohen
            case h = "kruskal_h"
            case p = "kruskal_p"
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(cohen, forKey: .cohen)
            try container.encode(kruskalWallis.h, forKey: .h)
            try container.encode(kruskalWallis.p, forKey: .p)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case fleiss
        case fleissMean = "fleiss_mean"
        case modelExcluded = "model_excluded"
        case modelIncluded = "model_included"
    }

    /// Compares class masks.
    ///
    /// Pixels that any rater left undefined (label 4) are left out for all, and frames in which none is left.
    ///
    /// - Parameters:
    ///   - experts: At least two, `[expert][frame][pixel]`.
    ///   - model: `[frame][pixel]`; nil leaves the comparisons out.
    /// - Throws: ``ScoringError`` if frames differ in number or size, or a label is no category.
    package init(experts: [[[UInt32]]], model: [[UInt32]]?) throws(ScoringError) {
        precondition(experts.count >= 2 && !experts[0].isEmpty, "agreement needs two raters and a frame")
        try Self.check(experts + (model.map { [$0] } ?? []))
        var (experts, model) = (experts, model)
        Self.leaveOutUndefined(&experts, &model)
        guard !experts[0].isEmpty else { throw .nothingRated }
        fleiss = experts[0].indices.map { frame in Kappa.fleiss(experts.map { $0[frame] }) }
        fleissMean = fleiss.reduce(0, +) / Double(fleiss.count)
        modelExcluded = model.map { Comparison(experts: experts, model: $0, includesModel: false) }
        modelIncluded = model.map { Comparison(experts: experts, model: $0, includesModel: true) }
    }

    private static func check(_ raters: [[[UInt32]]]) throws(ScoringError) {
        let first = raters[0]
        for rater in raters {
            guard rater.count == first.count else {
                throw .differentFrameCounts(first: first.count, other: rater.count)
            }
            for (frame, expected) in zip(rater, first) {
                guard frame.count == expected.count else {
                    throw .differentPixelCounts(annotated: expected.count, predicted: frame.count)
                }
                if let label = frame.first(where: { $0 >= Kappa.categoryCount && $0 != undefined }) {
                    throw .notRated(value: Int(label))
                }
            }
        }
    }

    private static let undefined = UInt32(EventClass.undefined)

    private static func leaveOutUndefined(_ experts: inout [[[UInt32]]], _ model: inout [[UInt32]]?) {
        let raters = experts + (model.map { [$0] } ?? [])
        let kept = experts[0].indices.map { frame in
            experts[0][frame].indices.filter { pixel in raters.allSatisfy { $0[frame][pixel] != undefined } }
        }
        func rated(_ rater: [[UInt32]]) -> [[UInt32]] {
            zip(rater, kept).compactMap { frame, pixels in pixels.isEmpty ? nil : pixels.map { frame[$0] } }
        }
        guard zip(experts[0], kept).contains(where: { $0.count != $1.count }) else { return }
        experts = experts.map(rated)
        model = model.map(rated)
    }
}
