package import Imaging

/// An event as one reviewer sees it.
package struct ReviewedEvent: Sendable, Equatable {
    /// What became of an event.
    package enum Verdict: String, Sendable, Codable {
        /// Nobody has looked at it.
        case open
        /// It is as it was found.
        case accepted
        /// Its class or its voxels were changed.
        case corrected
        /// It had been missed.
        case added
        /// It is none.
        case deleted
    }

    /// Its number in the instance mask; no other event ever has it.
    package let number: Int
    package var eventClass: ReviewedClass
    package var mask: VoxelRuns
    package var verdict: Verdict
    package var comment: String

    package init(
        number: Int,
        eventClass: ReviewedClass,
        mask: VoxelRuns,
        verdict: Verdict = .open,
        comment: String = ""
    ) {
        self.number = number
        self.eventClass = eventClass
        self.mask = mask
        self.verdict = verdict
        self.comment = comment
    }
}
