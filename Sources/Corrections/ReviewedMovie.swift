import Imaging

/// The events of a movie as one reviewer sees them, with everything that can be undone.
///
/// Masks never overlap: what is drawn takes no voxel away from other events.
package struct ReviewedMovie: Sendable {
    /// What a correction did to an event; nil where there was or is none.
    private struct Change: Sendable {
        let number: Int
        let before: ReviewedEvent?
        let after: ReviewedEvent?
    }

    private var events: [Int: ReviewedEvent]
    private var nextNumber: Int
    private var done: [[Change]] = []
    private var undone: [[Change]] = []

    /// - Parameter events: What was found; numbers differ.
    package init(_ events: [ReviewedEvent]) {
        self.events = Dictionary(events.map { ($0.number, $0) }) { first, _ in first }
        nextNumber = (events.map(\.number).max() ?? 0) + 1
    }

    /// All events in the order of their numbers, deleted ones among them.
    package var all: [ReviewedEvent] { events.values.sorted { $0.number < $1.number } }

    package subscript(number: Int) -> ReviewedEvent? { events[number] }

    package var count: Int { events.count }
    package var openCount: Int { events.values.count { $0.verdict == .open } }
    package var undoCount: Int { done.count }
    package var redoCount: Int { undone.count }

    /// Makes a correction.
    ///
    /// - Returns: The numbers of the events that it changed, made or took away, in order.
    /// - Throws: ``CorrectionError``; nothing is changed then.
    package mutating func make(_ correction: Correction) throws(CorrectionError) -> [Int] {
        switch correction {
        case .undo:
            guard let changes = done.popLast() else { throw .nothingToUndo }
            for change in changes.reversed() { events[change.number] = change.before }
            undone.append(changes)
            return changes.map(\.number)
        case .redo:
            guard let changes = undone.popLast() else { throw .nothingToRedo }
            for change in changes { events[change.number] = change.after }
            done.append(changes)
            return changes.map(\.number)
        default:
            let changes = try changes(by: correction).filter { $0.before != $0.after }
            guard !changes.isEmpty else { throw .nothingToDo }
            for change in changes {
                events[change.number] = change.after
                nextNumber = max(nextNumber, change.number + 1)
            }
            done.append(changes)
            undone = []
            return changes.map(\.number)
        }
    }

    private func changes(by correction: Correction) throws(CorrectionError) -> [Change] {
        switch correction {
        case .accept(let numbers): try each(numbers, accepted)
        case .delete(let numbers):
            try each(numbers) { event throws(CorrectionError) in
                var event = event
                event.verdict = .deleted
                return event
            }
        case .retype(let numbers, let eventClass):
            try each(numbers) { event throws(CorrectionError) in
                guard event.verdict != .deleted else { throw .isDeleted(event.number) }
                // Who says what it is already has looked at it.
                guard event.eventClass != eventClass else { return try accepted(event) }
                var event = event
                event.eventClass = eventClass
                event.verdict = event.verdict == .added ? .added : .corrected
                return event
            }
        case .comment(let number, let text):
            try each([number]) { event throws(CorrectionError) in
                var event = event
                event.comment = text
                return event
            }
        case .split(let number, let part): try split(number, part)
        case .merge(let numbers): try merge(numbers)
        case .redraw(let number, let added, let removed):
            try each([number]) { event throws(CorrectionError) in
                guard event.verdict != .deleted else { throw .isDeleted(number) }
                let mask = try free(event.mask.subtracting(removed).union(added), for: number)
                guard mask != event.mask else { throw .nothingToDo }
                var event = event
                event.mask = mask
                event.verdict = event.verdict == .added ? .added : .corrected
                return event
            }
        case .add(let eventClass, let mask):
            [
                Change(
                    number: nextNumber,
                    before: nil,
                    after: ReviewedEvent(
                        number: nextNumber,
                        eventClass: eventClass,
                        mask: try free(mask, for: nextNumber),
                        verdict: .added
                    )
                )
            ]
        case .undo, .redo: preconditionFailure("these change nothing of their own")
        }
    }

    private func each(
        _ numbers: [Int],
        _ change: (ReviewedEvent) throws(CorrectionError) -> ReviewedEvent
    ) throws(CorrectionError) -> [Change] {
        var changes: [Change] = []
        var seen: Set<Int> = []
        for number in numbers where seen.insert(number).inserted {
            guard let event = events[number] else { throw .noSuchEvent(number) }
            changes.append(Change(number: number, before: event, after: try change(event)))
        }
        return changes
    }

    private func accepted(_ event: ReviewedEvent) throws(CorrectionError) -> ReviewedEvent {
        var event = event
        switch event.verdict {
        case .open: event.verdict = .accepted
        case .deleted:
            // Others may have been drawn there since.
            let mask = try free(event.mask, for: event.number)
            event.verdict = mask == event.mask ? .accepted : .corrected
            event.mask = mask
        case .accepted, .corrected, .added: break
        }
        return event
    }

    private func split(_ number: Int, _ part: VoxelRuns) throws(CorrectionError) -> [Change] {
        guard let event = events[number] else { throw .noSuchEvent(number) }
        guard event.verdict != .deleted else { throw .isDeleted(number) }
        var rest = event
        rest.mask = event.mask.subtracting(part)
        rest.verdict = .corrected
        let other = event.mask.intersection(part)
        guard !rest.mask.isEmpty, !other.isEmpty else { throw .noPart(number) }
        let new = ReviewedEvent(number: nextNumber, eventClass: event.eventClass, mask: other, verdict: .corrected)
        return [
            Change(number: number, before: event, after: rest), Change(number: nextNumber, before: nil, after: new),
        ]
    }

    private func merge(_ numbers: [Int]) throws(CorrectionError) -> [Change] {
        guard Set(numbers).count >= 2 else { throw .tooFewToMerge }
        var merged: ReviewedEvent?
        var taken: [Change] = []
        for number in numbers where number != merged?.number {
            guard let event = events[number] else { throw .noSuchEvent(number) }
            guard event.verdict != .deleted else { throw .isDeleted(number) }
            guard var first = merged else {
                merged = event
                continue
            }
            first.mask = first.mask.union(event.mask)
            first.comment = [first.comment, event.comment].filter { !$0.isEmpty }.joined(separator: "; ")
            merged = first
            if !taken.contains(where: { $0.number == number }) {
                taken.append(Change(number: number, before: event, after: nil))
            }
        }
        merged?.verdict = .corrected
        guard let merged else { throw .tooFewToMerge }
        return [Change(number: merged.number, before: events[merged.number], after: merged)] + taken
    }

    /// What of a mask no other event holds.
    private func free(_ mask: VoxelRuns, for number: Int) throws(CorrectionError) -> VoxelRuns {
        var mask = mask
        guard let box = mask.box else { throw .nothingLeft }
        for other in events.values where other.number != number && other.verdict != .deleted {
            if other.mask.box?.overlaps(box) == true { mask = mask.subtracting(other.mask) }
        }
        guard !mask.isEmpty else { throw .nothingLeft }
        return mask
    }
}
