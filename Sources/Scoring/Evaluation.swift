/// Tables 1 to 3 of the paper for a set of movies.
package struct Evaluation: Sendable, Equatable, Encodable {
    /// Table 1, the voxels of all movies taken together.
    package let pooledOverlap: IntersectionOverUnion
    /// Table 1 as the mean over movies.
    package let meanOverlap: IntersectionOverUnion
    /// Table 2.
    package let counts: EventCounts
    /// Table 3.
    package let metrics: MetricsTable

    /// - Precondition: there is at least one movie.
    package init(_ movies: [MovieComparison]) {
        precondition(!movies.isEmpty, "an evaluation of no movies")
        pooledOverlap = movies.map(\.overlap).reduce(VoxelOverlap(), +).intersectionOverUnion
        meanOverlap = .mean(of: movies.map(\.overlap.intersectionOverUnion))
        counts = movies.map(\.counts).reduce(EventCounts(), +)
        metrics = MetricsTable(counts)
    }

    private enum CodingKeys: String, CodingKey {
        case annotated, predicted, metrics
        case pooledOverlap = "iou_pooled"
        case meanOverlap = "iou_movie_mean"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(pooledOverlap, forKey: .pooledOverlap)
        try container.encode(meanOverlap, forKey: .meanOverlap)
        try container.encode(counts.annotated, forKey: .annotated)
        try container.encode(counts.predicted, forKey: .predicted)
        try container.encode(metrics, forKey: .metrics)
    }
}
