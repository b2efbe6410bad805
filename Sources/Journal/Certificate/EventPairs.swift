import Wire

/// Which events of two lists are the same: same class, and boxes in space and time that overlap.
struct EventPairs {
    /// Indices into the two lists.
    let pairs: [(left: Int, right: Int)]

    /// Pairs events, the most alike first; each is in one pair at most.
    init(_ left: [EventMessage], _ right: [EventMessage]) {
        var candidates: [(overlap: Double, left: Int, right: Int)] = []
        let (boxes, others) = (left.map { EventBox($0) }, right.map { EventBox($0) })
        let order = right.indices.sorted { right[$0].startFrame < right[$1].startFrame }
        for (index, event) in left.enumerated() {
            for other in order {
                if right[other].startFrame > event.endFrame { break }
                guard right[other].endFrame >= event.startFrame, right[other].eventType == event.eventType else {
                    continue
                }
                guard let own = boxes[index], let box = others[other] else { continue }
                let overlap = own.overlap(with: box)
                if overlap >= EventBox.leastOverlap { candidates.append((overlap, index, other)) }
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
}
