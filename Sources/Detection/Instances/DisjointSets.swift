/// Sets of labels that are joined pair by pair; every set is known by its smallest label.
struct DisjointSets {
    private var parents: [Int32] = []

    var count: Int { parents.count }

    /// Adds a set with one new label, the next higher one.
    mutating func makeSet() -> Int32 {
        let label = Int32(parents.count)
        parents.append(label)
        return label
    }

    /// The smallest label of the set that holds a label.
    mutating func find(_ label: Int32) -> Int32 {
        var current = label
        while parents[Int(current)] != current {
            parents[Int(current)] = parents[Int(parents[Int(current)])]
            current = parents[Int(current)]
        }
        return current
    }

    /// Joins the sets of two labels and returns the smallest label of the result.
    @discardableResult
    mutating func union(_ a: Int32, _ b: Int32) -> Int32 {
        let rootA = find(a)
        let rootB = find(b)
        let root = min(rootA, rootB)
        parents[Int(max(rootA, rootB))] = root
        return root
    }
}
