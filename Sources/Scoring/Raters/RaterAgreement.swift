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
    /// - Parameters:
    ///   - experts: At least two, `[expert][frame][pixel]`.
    ///   - model: `[frame][pixel]`; nil leaves the comparisons out.
    /// - Throws: ``ScoringError`` if frames differ in number or size, or a label is no category.
    package init(experts: [[[UInt32]]], model: [[UInt32]]?) throws(ScoringError) {
        precondition(experts.count >= 2 && !experts[0].isEmpty, "agreement needs two raters and a frame")
        for rater in experts + (model.map { [$0] } ?? []) {
            guard rater.count == experts[0].count else {
                throw .differentFrameCounts(first: experts[0].count, other: rater.count)
            }
            for (frame, expected) in zip(rater, experts[0]) {
                guard frame.count == expected.count else {
                    throw .differentPixelCounts(annotated: expected.count, predicted: frame.count)
                }
                if let label = frame.first(where: { $0 >= Kappa.categoryCount }) {
                    throw .notRated(value: Int(label))
                }
            }
        }
        fleiss = experts[0].indices.map { frame in Kappa.fleiss(experts.map { $0[frame] }) }
        fleissMean = fleiss.reduce(0, +) / Double(fleiss.count)
        modelExcluded = model.map { Comparison(experts: experts, model: $0, includesModel: false) }
        modelIncluded = model.map { Comparison(experts: experts, model: $0, includesModel: true) }
    }
}
