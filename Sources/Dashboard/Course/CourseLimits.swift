/// What bounds the memory of the courses over a run.
enum CourseLimits {
    /// Points that a recording keeps at most.
    static let points = 400
    private static let recordings = 8

    /// Begins a recording; the oldest one is forgotten where there are too many.
    static func begin<Recording>(_ recording: Recording, in kept: inout [Recording]) {
        kept.append(recording)
        if kept.count > recordings { kept.removeFirst() }
    }
}
