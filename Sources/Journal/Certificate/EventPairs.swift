import Wire

/// Which events of two lists are the same: same class, and boxes in space and time that overlap.
struct EventPairs {
    /// Indices into the two lists.
    let pairs: [(left: Int, right: Int)]

    /// Overlap of two boxes from which on they may be of the same event: intersection over union.
    static let leastOverlap = 0.1

    /// Pairs events, the most alike first; each is in one pair at most.
    init(_ left: [EventMessage], _ right: [EventMessage]) {
        var candidates: [(overlap: Double, left: Int, right: Int)] = []
        let order = right.indices.sorted { right[$0].startFrame < right[$1].startFrame }
        for (index, event) in left.enumerated() {
            for other in order {
                if right[other].startFrame > event.endFrame { break }
                guard right[other].endFrame >= event.startFrame, right[other].eventType == event.eventType else {
                    continue
                }
                let overlap = Self.overlap(event, right[other])
                if overlap >= Self.leastOverlap { candidates.append((overlap, index, other)) }
            }
        }
        candidates.sort { ($1.overlap, $0.left, $0.right) < ($0.overlap, $1.left, $1.right) }
        var (takenLeft, takenRight): (Set<Int>, Set<Int>) = ([], [])
        var pairs: [(left: Int, right: Int)] = []
        for candidate in candidates where !takenLeft.contains(candidate.left) && !takenRight.contains(candidate.right) {
            takenLeft.insert(candidate.left)
            takenRight.insert(candidate.right)
            pairs.append((candidate.left, candidate.right))
        }
        self.pairs = pairs
    }

    private static func overlap(_ a: EventMessage, _ b: EventMessage) -> Double {
        guard a.boundingBox.count == 4, b.boundingBox.count == 4 else { return 0 }
        func extents(_ event: EventMessage) -> [(Double, Double)] {
            let box = event.boundingBox.map(Double.init)
            return [(Double(event.startFrame), Double(event.endFrame) + 1), (box[0], box[2]), (box[1], box[3])]
        }
        let (own, other) = (extents(a), extents(b))
        let shared = zip(own, other).reduce(1.0) { $0 * max(0, min($1.0.1, $1.1.1) - max($1.0.0, $1.1.0)) }
        func volume(_ extents: [(Double, Double)]) -> Double { extents.reduce(1.0) { $0 * ($1.1 - $1.0) } }
        let all = volume(own) + volume(other) - shared
        return all > 0 ? shared / all : 0
    }
}
