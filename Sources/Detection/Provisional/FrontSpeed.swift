/// How fast an event spreads along x: a straight line fitted to where its two edges were in the last frames.
///
/// Edges stop at the end of the cell or of the frame, so the fastest of all fits counts.
struct FrontSpeed: Sendable {
    /// Frames that the line is fitted to at most.
    private static let reach = 32
    /// Frames from which on a slope means something.
    private static let fewestFrames = 4

    private struct Extent: Sendable {
        let frame: Int
        var columns: ClosedRange<Int>
    }

    private var extents: [Extent] = []
    private var fastest: Double?

    init() {}

    /// The front of two events that have become one: what the edges will do shows anew.
    init(joining first: FrontSpeed, _ second: FrontSpeed) {
        fastest = [first.fastest, second.fastest].compactMap { $0 }.max()
    }

    /// Takes note of all columns that the event has covered by the end of a frame; frames never go back.
    mutating func note(columns: ClosedRange<Int>, atFrame frame: Int) {
        if let last = extents.last, last.frame == frame {
            extents[extents.count - 1].columns = columns
            return
        }
        extents.append(Extent(frame: frame, columns: columns))
        extents.removeAll { frame - $0.frame >= Self.reach }
        // Every event grows when it begins, and patches meet: only a whole stretch counts for later.
        if extents.count >= Self.reach { fastest = max(fastest ?? 0, speed) }
    }

    /// Speed of the faster edge, outwards, at least 0; nil if there are too few frames.
    var pixelsPerFrame: Double? {
        fastest ?? (extents.count >= Self.fewestFrames ? max(0, speed) : nil)
    }

    private var speed: Double { max(slope { $0.columns.upperBound }, -slope { $0.columns.lowerBound }) }

    /// Least squares over the frames.
    private func slope(of edge: (Extent) -> Int) -> Double {
        let count = Double(extents.count)
        let meanFrame = extents.reduce(0.0) { $0 + Double($1.frame) } / count
        let meanEdge = extents.reduce(0.0) { $0 + Double(edge($1)) } / count
        var covariance = 0.0
        var variance = 0.0
        for extent in extents {
            let frame = Double(extent.frame) - meanFrame
            covariance += frame * (Double(edge(extent)) - meanEdge)
            variance += frame * frame
        }
        return covariance / variance
    }
}
