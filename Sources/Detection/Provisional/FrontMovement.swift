/// How fast, and which way, an event spreads along x, as far as the newest frames tell.
package struct FrontMovement: Sendable, Equatable {
    package enum Direction: Sendable, Equatable {
        case left
        case right
        /// Both edges move, and none more than twice as fast as the other.
        case both
    }

    /// Speed of the faster edge, outwards.
    package var pixelsPerFrame: Double
    /// Two standard errors less and more.
    package var pixelsPerFrameRange: ClosedRange<Double>
    package var direction: Direction

    package init(pixelsPerFrame: Double, range: ClosedRange<Double>, direction: Direction) {
        self.pixelsPerFrame = pixelsPerFrame
        pixelsPerFrameRange = range
        self.direction = direction
    }
}

/// How finely a front is seen: cells of one pixel and frame at full resolution, larger ones of a side output.
package struct FrontResolution: Sendable, Equatable {
    var pixels = 1
    var frames = 1

    /// At full resolution.
    package init() {}

    /// Cells of so many rows, columns and frames.
    package init(pixels: Int, frames: Int) {
        self.pixels = pixels
        self.frames = frames
    }
}

/// Where the two edges of an event were when they moved outwards, and the straight lines through that.
///
/// An edge that stops at the end of the cell or of the frame adds nothing, so it keeps the speed that it had. A speed
/// counts as known once its range is so narrow that its ends differ by no more than a factor of three.
struct FrontTrace: Sendable {
    /// Places of an edge, outwards, in the frames in which it got there.
    private struct Edge: Sendable {
        var places: [(frame: Int, position: Double)] = []

        mutating func note(_ position: Int, atFrame frame: Int) {
            let position = Double(position)
            if let last = places.last {
                guard position > last.position else { return }
                if last.frame == frame { places.removeLast() }
            }
            places.append((frame, position))
            places.removeAll { frame - $0.frame >= FrontTrace.reach }
        }
    }

    /// A line through places.
    private struct Line {
        let slope: Double
        let error: Double

        /// Least squares, with the error that the residuals show, or that of places known to a cell only if that is larger.
        init?(_ places: [(frame: Int, position: Double)], _ resolution: FrontResolution) {
            guard places.count >= FrontTrace.fewestPlaces else { return nil }
            let count = Double(places.count)
            let meanFrame = places.reduce(0.0) { $0 + Double($1.frame) } / count
            let meanPosition = places.reduce(0.0) { $0 + $1.position } / count
            var covariance = 0.0, variance = 0.0
            for place in places {
                let frame = Double(place.frame) - meanFrame
                covariance += frame * (place.position - meanPosition)
                variance += frame * frame
            }
            let slope = covariance / variance
            let residuals = places.reduce(0.0) { sum, place in
                let residual = place.position - meanPosition - slope * (Double(place.frame) - meanFrame)
                return sum + residual * residual
            }
            let pixels = Double(resolution.pixels), frames = slope * Double(resolution.frames)
            let coarseness = (pixels * pixels + frames * frames) / 12
            self.slope = slope
            error = (max(residuals / (count - 2), coarseness) / variance).squareRoot()
        }

        var range: ClosedRange<Double> { slope - 2 * error...slope + 2 * error }

        var isKnown: Bool { range.lowerBound > 0 && range.upperBound <= 3 * range.lowerBound }
    }

    /// Frames that a line is fitted to at most.
    private static let reach = 48
    private static let fewestPlaces = 3

    let resolution: FrontResolution
    private var left = Edge()
    private var right = Edge()
    /// What was known of parts that have become one.
    private var earlier: FrontMovement?

    init(resolution: FrontResolution) { self.resolution = resolution }

    /// The front of two events that have become one: what the edges will do shows anew, for the jump is no movement.
    init(joining first: FrontTrace, _ second: FrontTrace) {
        self.init(resolution: first.resolution)
        earlier = [first.movement, second.movement].compactMap { $0 }.max { $0.pixelsPerFrame < $1.pixelsPerFrame }
    }

    /// Takes note of all columns that the event has covered by the end of a frame; frames never go back.
    mutating func note(columns: ClosedRange<Int>, atFrame frame: Int) {
        left.note(-columns.lowerBound, atFrame: frame)
        right.note(columns.upperBound, atFrame: frame)
    }

    /// Nil while it is not known.
    var movement: FrontMovement? {
        let edges: [(FrontMovement.Direction, Edge)] = [(.left, left), (.right, right)]
        let known = edges.compactMap { direction, edge in
            Line(edge.places, resolution).flatMap { $0.isKnown ? (direction: direction, line: $0) : nil }
        }
        guard let fastest = known.max(by: { $0.line.slope < $1.line.slope }) else { return earlier }
        let isBoth = known.count == 2 && known.allSatisfy { 2 * $0.line.slope >= fastest.line.slope }
        return FrontMovement(
            pixelsPerFrame: fastest.line.slope,
            range: fastest.line.range,
            direction: isBoth ? .both : fastest.direction
        )
    }
}
