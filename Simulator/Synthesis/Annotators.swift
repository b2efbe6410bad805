import Foundation
import Imaging

extension RecordingStyle {
    /// All annotators, the first one first.
    var annotations: [AnnotationStyle] { [annotation] + (otherAnnotations ?? []) }

    /// Draws annotators until there are so many; those that the style has stay.
    mutating func addAnnotators(count: Int, random: SeededRandom) {
        var random = random
        while annotations.count < count { otherAnnotations = (otherAnnotations ?? []) + [.anyone(random: &random)] }
        if annotations.count > count { otherAnnotations = count > 1 ? Array(annotations[1..<count]) : nil }
    }

    /// The movement that the style has of its own.
    func ownMovement(seed: UInt64) -> Movement? {
        movement.flatMap { try? Movement($0, seed: seed) }
    }
}
