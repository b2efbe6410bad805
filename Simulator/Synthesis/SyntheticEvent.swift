import Foundation
import Imaging

/// One event of a synthetic recording: ground truth, and what became of its label.
package struct SyntheticEvent: Sendable, Codable, Equatable {
    /// Id in the event label, from 1 on; 0 if the event has no label of its own.
    package var id: Int
    /// What was simulated: spark, wave or puff.
    package var `class`: String
    /// Value in the class label: 1 spark, 2 wave, 3 puff, 4 undefined; 0 if the event was not annotated.
    package var labelClass: Int
    /// First, brightest and last labelled frame; of events without a label the nearest frames of release.
    package var startFrame: Int
    package var peakFrame: Int
    package var endFrame: Int
    package var voxelCount: Int
    /// Smallest box around the label, in pixels: first row, first column, last row, last column.
    package var box: [Int]?
    /// Id of the event that covers this one in the labels: the puff a spark rides on, or a puff that touches it.
    package var partOfId: Int?
    /// Signal-to-noise ratio of an ideal detector that knows the event's shape; 0 without a label.
    package var detectability: Double
    package var truth: ReleaseTruth

    static func list(
        releases: [ScheduledRelease],
        outcomes: [ReleaseLabel],
        dilution: Dilution
    ) -> [SyntheticEvent] {
        zip(releases, outcomes).map { release, outcome in
            let cover = release.host ?? outcome.unitedWith
            let united = cover.flatMap { outcomes[$0].unitedWith } ?? cover
            let frames = outcome.id > 0 ? outcome.frames ?? release.source.extent.frames : release.source.extent.frames
            let peak = Int(release.truth.peakFrame.rounded())
            var box: [Int]?
            if outcome.id > 0, let rows = outcome.rows, let columns = outcome.columns {
                box = [rows.lowerBound, columns.lowerBound, rows.upperBound - 1, columns.upperBound - 1]
            }
            var truth = release.truth
            truth.measurableAmplitudeDff0 = dilution.share(of: release).map { $0 * truth.visibleAmplitudeDff0 }
            return SyntheticEvent(
                id: Int(outcome.id),
                class: release.eventClass.name,
                labelClass: Int(outcome.classValue),
                startFrame: frames.lowerBound,
                peakFrame: min(max(peak, frames.lowerBound), frames.upperBound - 1),
                endFrame: frames.upperBound - 1,
                voxelCount: outcome.id > 0 ? outcome.voxelCount : 0,
                box: box,
                partOfId: united.map { Int(outcomes[$0].id) }.flatMap { $0 > 0 ? $0 : nil },
                detectability: outcome.id > 0 ? outcome.detectability : 0,
                truth: truth
            )
        }
    }
}
