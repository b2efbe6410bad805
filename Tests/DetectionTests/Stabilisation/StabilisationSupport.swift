import Detection
import Imaging

/// What a stabiliser hands on.
struct Stabilised {
    var frames: [[Float]] = []
    var movements: [FrameMovement?] = []

    init(_ movie: [[Float]], size: FrameSize, policy: StabilisationPolicy = .auto) {
        let stabiliser = FrameStabiliser(size: size, policy: policy)
        func keep(_ frame: UnsafeBufferPointer<Float>, _ isSubstitute: Bool, _ movement: FrameMovement?) {
            frames.append(Array(frame))
            movements.append(movement)
        }
        for frame in movie {
            frame.withUnsafeBufferPointer { stabiliser.take($0, isSubstitute: false, keep) }
        }
        stabiliser.finish(keep)
    }

    /// Distances of the shifts from true ones, median and largest, along y and x; the constant between origins taken off.
    func errors(_ truth: [(y: Double, x: Double)], frames: Range<Int>? = nil) -> (median: Double, largest: Double) {
        let found = movements.compactMap { $0 }
        let range = frames ?? found.indices
        let y = found.indices.map { Double(found[$0].y) - truth[$0].y }
        let x = found.indices.map { Double(found[$0].x) - truth[$0].x }
        let (middleY, middleX) = (y.sorted()[y.count / 2], x.sorted()[x.count / 2])
        let distances = range.map { max(abs(y[$0] - middleY), abs(x[$0] - middleX)) }.sorted()
        return (distances[distances.count / 2], distances[distances.count - 1])
    }
}
