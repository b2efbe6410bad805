package import Imaging

/// Something that a reviewer does; numbers are those of events.
package enum Correction: Sendable, Equatable {
    /// They are as they were found. Takes back a deletion, too.
    case accept([Int])
    case delete([Int])
    case retype([Int], ReviewedClass)
    /// An empty text takes the comment away.
    case comment(Int, String)
    /// These voxels of the event are another one.
    case split(Int, VoxelRuns)
    /// They are one event: the first of them.
    case merge([Int])
    case redraw(Int, added: VoxelRuns, removed: VoxelRuns)
    /// An event that was missed.
    case add(ReviewedClass, VoxelRuns)
    case undo
    case redo
}

/// Why a correction cannot be made.
package enum CorrectionError: Error, Equatable, CustomStringConvertible {
    case noSuchEvent(Int)
    case isDeleted(Int)
    case nothingToDo
    /// All voxels belong to other events, or there are none.
    case nothingLeft
    /// A part has to be some of the event's voxels, but not all.
    case noPart(Int)
    case tooFewToMerge
    case nothingToUndo
    case nothingToRedo

    package var description: String {
        switch self {
        case .noSuchEvent(let number): "there is no event \(number)"
        case .isDeleted(let number): "event \(number) is deleted; accept it first"
        case .nothingToDo: "that changes nothing"
        case .nothingLeft: "no voxel is left for the event: there are none, or all belong to other events"
        case .noPart(let number): "event \(number) cannot be split there: one of the two parts has no voxel"
        case .tooFewToMerge: "at least two events are needed to merge them"
        case .nothingToUndo: "there is nothing to undo"
        case .nothingToRedo: "there is nothing to redo"
        }
    }
}
