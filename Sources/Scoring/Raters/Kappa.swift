/// Agreement on four categories: background 0, spark 1, wave 2, puff 3; one label per pixel.
package enum Kappa {
    /// Number of categories.
    package static let categoryCount = 4

    /// Fleiss' kappa of several raters who labelled the same pixels; every pixel is a subject.
    ///
    /// - Parameter ratings: One array per rater, of labels below ``categoryCount``.
    /// - Returns: 1 for full agreement, 0 for that of chance; NaN if all raters gave one and the same label everywhere.
    /// - Precondition: at least two raters, the same number of pixels, at least one.
    package static func fleiss(_ ratings: [[UInt32]]) -> Double {
        let (raterCount, pixelCount) = (ratings.count, ratings[0].count)
        precondition(raterCount >= 2 && pixelCount >= 1 && ratings.allSatisfy { $0.count == pixelCount })
        var labelCounts = [Int](repeating: 0, count: categoryCount)
        var agreement = 0.0
        for pixel in 0..<pixelCount {
            var counts = [Int](repeating: 0, count: categoryCount)
            for rating in ratings { counts[Int(rating[pixel])] += 1 }
            for category in counts.indices { labelCounts[category] += counts[category] }
            let squares = counts.reduce(0) { $0 + $1 * $1 }
            agreement += Double(squares - raterCount) / Double(raterCount * (raterCount - 1))
        }
        let total = Double(raterCount * pixelCount)
        let chance = labelCounts.reduce(0) { $0 + (Double($1) / total) * (Double($1) / total) }
        return chance < 1 ? (agreement / Double(pixelCount) - chance) / (1 - chance) : .nan
    }

    /// Cohen's kappa of two raters.
    ///
    /// - Returns: 1 for full agreement, 0 for that of chance; NaN if both gave one and the same label everywhere.
    /// - Precondition: the same number of labels below ``categoryCount``, at least one.
    package static func cohen(_ first: [UInt32], _ second: [UInt32]) -> Double {
        precondition(first.count == second.count && !first.isEmpty)
        var (ofFirst, ofSecond) = (
            [Int](repeating: 0, count: categoryCount), [Int](repeating: 0, count: categoryCount)
        )
        var agreedCount = 0
        for (left, right) in zip(first, second) {
            ofFirst[Int(left)] += 1
            ofSecond[Int(right)] += 1
            agreedCount += left == right ? 1 : 0
        }
        let total = Double(first.count)
        let chance = zip(ofFirst, ofSecond).reduce(0) { $0 + (Double($1.0) / total) * (Double($1.1) / total) }
        return chance < 1 ? (Double(agreedCount) / total - chance) / (1 - chance) : .nan
    }

    /// The most frequent label of every pixel; of equally frequent ones the smallest.
    ///
    /// - Precondition: at least one rater, the same number of labels below ``categoryCount``.
    package static func majority(of ratings: [[UInt32]]) -> [UInt32] {
        precondition(!ratings.isEmpty && ratings.allSatisfy { $0.count == ratings[0].count })
        return ratings[0].indices.map { pixel in
            var counts = [Int](repeating: 0, count: categoryCount)
            for rating in ratings { counts[Int(rating[pixel])] += 1 }
            var best = 0
            for category in counts.indices where counts[category] > counts[best] { best = category }
            return UInt32(best)
        }
    }
}
