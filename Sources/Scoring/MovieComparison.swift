package import Imaging

/// Compares the annotation of one movie with its prediction, frame by frame.
///
/// Memory grows with the number of events and of their overlaps, not with the length of the movie.
package struct MovieComparison: Sendable {
    /// Class agreement of the voxels so far.
    package private(set) var overlap = VoxelOverlap()

    private var annotated: [EventKey: Region] = [:]
    private var predicted: [EventKey: Region] = [:]
    /// Voxels that an annotated and a predicted event share.
    private var shared: [Pair: Int] = [:]

    /// An event of a mask: a number that occurs with two classes stands for two events.
    private struct EventKey: Hashable, Comparable {
        let eventClass: EventClass
        let instance: UInt32

        /// Nil for pixels that belong to no event.
        init?(_ frame: LabelFrame, _ pixel: Int) {
            guard frame.instances[pixel] != 0, let label = UInt8(exactly: frame.classes[pixel]),
                let eventClass = EventClass(rawValue: label)
            else { return nil }
            self.eventClass = eventClass
            instance = frame.instances[pixel]
        }

        static func < (left: EventKey, right: EventKey) -> Bool {
            (left.eventClass.rawValue, left.instance) < (right.eventClass.rawValue, right.instance)
        }
    }

    private struct Pair: Hashable {
        let annotated: EventKey
        let predicted: EventKey
    }

    /// The voxels of one event.
    private struct Region {
        var voxelCount = 0
        /// Those of them where the annotation is undefined.
        var undefinedVoxelCount = 0
    }

    package init() {}

    /// Adds one frame of the annotation and the same frame of the prediction.
    ///
    /// - Throws: ``ScoringError``; nothing is added then.
    package mutating func add(annotation: LabelFrame, prediction: LabelFrame) throws(ScoringError) {
        guard annotation.classes.count == prediction.classes.count else {
            throw .differentPixelCounts(
                annotated: annotation.classes.count,
                predicted: prediction.classes.count
            )
        }
        try overlap.add(annotated: annotation.classes, predicted: prediction.classes)
        for pixel in annotation.classes.indices {
            let annotatedEvent = EventKey(annotation, pixel)
            let predictedEvent = EventKey(prediction, pixel)
            if let annotatedEvent { annotated[annotatedEvent, default: Region()].voxelCount += 1 }
            if let predictedEvent {
                let isUndefined = annotation.classes[pixel] == EventClass.undefined
                predicted[predictedEvent, default: Region()].voxelCount += 1
                predicted[predictedEvent]!.undefinedVoxelCount += isUndefined ? 1 : 0
            }
            if let annotatedEvent, let predictedEvent {
                shared[Pair(annotated: annotatedEvent, predicted: predictedEvent), default: 0] += 1
            }
        }
    }

    /// Classes of the annotated events, by class and then by number: the rows of ``overlapMatrix``.
    package var annotatedClasses: [EventClass] { annotated.keys.sorted().map(\.eventClass) }

    /// Classes of the predicted events, by class and then by number: the columns of ``overlapMatrix``.
    package var predictedClasses: [EventClass] { predicted.keys.sorted().map(\.eventClass) }

    /// IoMin of every annotated with every predicted event: shared voxels over those of the smaller one.
    ///
    /// Rounded to half precision, as published: ratios from 0.49988 on count as 0.5.
    package var overlapMatrix: [[Double]] {
        let (rows, columns) = (annotated.keys.sorted(), predicted.keys.sorted())
        return rows.map { row in columns.map { column in overlap(row, column) } }
    }

    /// Table 2 of the paper for this movie.
    package var counts: EventCounts {
        var partners: (annotated: [EventKey: Set<EventClass>], predicted: [EventKey: Set<EventClass>]) = ([:], [:])
        for pair in shared.keys where overlap(pair.annotated, pair.predicted) >= EventCounts.matchingOverlap {
            partners.annotated[pair.annotated, default: []].insert(pair.predicted.eventClass)
            partners.predicted[pair.predicted, default: []].insert(pair.annotated.eventClass)
        }
        var counts = EventCounts()
        for event in annotated.keys {
            counts.addAnnotated(event.eventClass, matching: partners.annotated[event] ?? [])
        }
        for (event, region) in predicted {
            let undefinedPart = Double(region.undefinedVoxelCount) / Double(region.voxelCount)
            counts.addPredicted(
                event.eventClass,
                matching: partners.predicted[event] ?? [],
                isIgnored: undefinedPart >= EventCounts.matchingOverlap
            )
        }
        return counts
    }

    private func overlap(_ row: EventKey, _ column: EventKey) -> Double {
        guard let count = shared[Pair(annotated: row, predicted: column)],
            let rowRegion = annotated[row], let columnRegion = predicted[column]
        else { return 0 }
        let smaller = min(rowRegion.voxelCount, columnRegion.voxelCount)
        return (Double(count) / Double(smaller)).roundedToHalfPrecision
    }
}

extension Double {
    /// The nearest number of IEEE half precision, ties to even; for values from 0 to 1.
    var roundedToHalfPrecision: Double {
        let smallestExponent = -14
        let digits = 10
        let exponent = self == 0 ? smallestExponent : Swift.max(Int(exponent), smallestExponent)
        let step = Double(sign: .plus, exponent: exponent - digits, significand: 1)
        return (self / step).rounded(.toNearestOrEven) * step
    }
}
