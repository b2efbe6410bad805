import Imaging

/// One row of Table 3 of the paper; every value is 0 to 1, and 0 where its denominator is 0.
package struct DetectionMetrics: Sendable, Equatable, Encodable {
    /// Predicted events that match an annotated one of their class, of all that are not ignored.
    package let precision: Double
    /// Annotated events that match a predicted one of their class, of all.
    package let recall: Double
    /// Annotated events that match any predicted one, of all.
    package let detected: Double
    /// Predicted events that match an annotated one of their class, of those that match any.
    package let correctlyClassified: Double
    package let f1Score: Double
    /// Predicted events that match any annotated one, of all that are not ignored.
    package let labeled: Double

    private enum CodingKeys: String, CodingKey {
        case precision, recall, detected, labeled
        case correctlyClassified = "correctly_classified"
        case f1Score = "f1-score"
    }

    /// The counts that the metrics are made of; those of several classes add up.
    struct Counts {
        var truePredicted = 0
        var valid = 0
        var unlabeled = 0
        var trueAnnotated = 0
        var annotated = 0
        var undetected = 0

        mutating func add(_ counts: EventCounts, _ eventClass: EventClass) {
            let (annotated, predicted) = (counts.annotated[eventClass], counts.predicted[eventClass])
            truePredicted += predicted.matched[eventClass]
            valid += predicted.valid
            unlabeled += predicted.unlabeled
            trueAnnotated += annotated.matched[eventClass]
            self.annotated += annotated.total
            undetected += annotated.undetected
        }
    }

    init(_ counts: Counts) {
        func ratio(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
        precision = ratio(counts.truePredicted, counts.valid)
        recall = ratio(counts.trueAnnotated, counts.annotated)
        detected = ratio(counts.annotated - counts.undetected, counts.annotated)
        correctlyClassified = ratio(counts.truePredicted, counts.valid - counts.unlabeled)
        f1Score = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
        labeled = ratio(counts.valid - counts.unlabeled, counts.valid)
    }

    /// The mean over the classes that occur; 0 if none does.
    init(meanOf classes: [DetectionMetrics]) {
        func mean(_ value: (DetectionMetrics) -> Double) -> Double {
            classes.reduce(0) { $0 + value($1) } / Double(max(1, classes.count))
        }
        precision = mean(\.precision)
        recall = mean(\.recall)
        detected = mean(\.detected)
        correctlyClassified = mean(\.correctlyClassified)
        f1Score = mean(\.f1Score)
        labeled = mean(\.labeled)
    }
}

/// Table 3 of the paper.
package struct MetricsTable: Sendable, Equatable, Encodable {
    /// Nil for a class that neither side has: nothing can be said of it.
    package let classes: PerClass<DetectionMetrics?>
    /// From the counts of all classes together.
    package let total: DetectionMetrics
    /// The mean over the classes that occur.
    package let average: DetectionMetrics

    package init(_ counts: EventCounts) {
        var all = DetectionMetrics.Counts()
        for eventClass in EventClass.allCases { all.add(counts, eventClass) }
        let classes = PerClass { eventClass -> DetectionMetrics? in
            guard counts.annotated[eventClass].total + counts.predicted[eventClass].valid > 0 else { return nil }
            var own = DetectionMetrics.Counts()
            own.add(counts, eventClass)
            return DetectionMetrics(own)
        }
        self.classes = classes
        total = DetectionMetrics(all)
        average = DetectionMetrics(meanOf: EventClass.allCases.compactMap { classes[$0] })
    }

    private enum CodingKeys: String, CodingKey {
        case sparks, waves, puffs, total, average
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(classes.sparks, forKey: .sparks)
        try container.encode(classes.waves, forKey: .waves)
        try container.encode(classes.puffs, forKey: .puffs)
        try container.encode(total, forKey: .total)
        try container.encode(average, forKey: .average)
    }
}
