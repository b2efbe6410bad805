import Imaging

/// How many voxels have which class in the annotation and in the prediction.
///
/// From these counts follow all ratios of intersection to union (`quirks.md`, Evaluation): where the annotation is
/// undefined the prediction counts as background. Overlaps of several movies add up, as in Table 1 of the paper.
package struct VoxelOverlap: Sendable, Equatable {
    /// Voxels, `[annotated class][predicted class]`.
    private var voxels = [Int](repeating: 0, count: classCount * classCount)

    /// Background, three classes, undefined.
    private static let classCount = Int(EventClass.undefined) + 1

    package init() {}

    /// Adds one frame.
    ///
    /// - Precondition: both arrays have the same length.
    /// - Throws: ``ScoringError/unknownClass(value:)``; nothing is added then.
    package mutating func add(annotated: [UInt32], predicted: [UInt32]) throws(ScoringError) {
        precondition(annotated.count == predicted.count, "annotation and prediction have the same size")
        let largest = max(annotated.max() ?? 0, predicted.max() ?? 0)
        guard largest < Self.classCount else { throw .unknownClass(value: Int(largest)) }
        for (annotation, prediction) in zip(annotated, predicted) {
            voxels[Int(annotation) * Self.classCount + Int(prediction)] += 1
        }
    }

    package static func + (left: VoxelOverlap, right: VoxelOverlap) -> VoxelOverlap {
        var sum = left
        for index in sum.voxels.indices { sum.voxels[index] += right.voxels[index] }
        return sum
    }

    /// Table 1 of the paper for these voxels.
    package var intersectionOverUnion: IntersectionOverUnion {
        let classes = PerClass { eventClass in
            ratio { annotated, predicted in (annotated == eventClass.rawValue, predicted == eventClass.rawValue) }
        }
        return IntersectionOverUnion(
            classes: classes,
            binary: ratio { ($0 != EventClass.background, $1 != EventClass.background) },
            strictBinary: ratio { annotated, predicted in
                let isEvent = annotated != EventClass.background && annotated != EventClass.undefined
                return (isEvent, predicted != EventClass.background)
            }
        )
    }

    /// Intersection over union of the voxels that `isForeground` picks by their annotated and predicted class.
    ///
    /// - Returns: 1 if nothing is picked on either side.
    private func ratio(_ isForeground: (UInt8, UInt8) -> (annotated: Bool, predicted: Bool)) -> Double {
        var (intersection, union) = (0, 0)
        for annotated in 0...EventClass.undefined {
            for predicted in 0...EventClass.undefined {
                let count = voxels[Int(annotated) * Self.classCount + Int(predicted)]
                let visible = annotated == EventClass.undefined ? EventClass.background : predicted
                let (isAnnotated, isPredicted) = isForeground(annotated, visible)
                if isAnnotated && isPredicted { intersection += count }
                if isAnnotated || isPredicted { union += count }
            }
        }
        return union == 0 ? 1 : Double(intersection) / Double(union)
    }
}
