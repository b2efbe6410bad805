package import Imaging

/// What a person points into to show where an event is: a value for every voxel that is large inside events.
package struct GrowthField: Sendable {
    /// One value for every voxel, `[t][y][x]`.
    private let values: [Float]
    private let shape: VolumeShape

    /// Larger regions are the whole cell rather than an event.
    private static let voxelLimit = 4_000_000
    /// A click means the largest value that is no farther away, in frames and in pixels.
    private static let aim = 2
    /// Where less than this share of the brightest pixel's light rests, a ratio to it means nothing.
    private static let leastLightShare: Float = 0.05
    /// Below, nothing has a peak.
    private static let leastPeak: Float = 0.01

    /// Relative change in light, smoothed as for proposals.
    ///
    /// - Parameters:
    ///   - counts: The movie, `[t][y][x]`, at least one frame.
    ///   - size: Of a frame.
    ///   - calibration: What pixels and frames mean.
    /// - Complexity: O(voxels)
    package init(changeOf counts: [Float], size: FrameSize, calibration: Calibration) {
        let proposal = EventProposal()
        let smoother = MovieSmoother(
            size: size,
            frames: proposal.smoothingFrames,
            pixels: proposal.smoothingMicrometres / calibration.pixelSizeMicrometres
        )
        let survey = counts.withUnsafeBufferPointer { LightSurvey($0, size: size) }
        var movie = smoother.smoothed(counts)
        let resting = RestingSignal(of: movie, size: size, leavingOut: survey.unusedPixels)
        let dark = survey.leastCount
        let floor = max(1, Self.leastLightShare * ((resting.baseline.max() ?? dark) - dark))
        for index in movie.indices {
            let light = max(floor, resting.baseline[index % size.pixelCount] - dark)
            movie[index] = (movie[index] - resting.baseline[index % size.pixelCount]) / light
        }
        values = movie
        shape = VolumeShape(frameCount: counts.count / size.pixelCount, size: size)
    }

    /// Probabilities, or anything else that is large inside events.
    ///
    /// - Precondition: Whole frames, at least one.
    package init(values: [Float], size: FrameSize) {
        precondition(!values.isEmpty && values.count.isMultiple(of: size.pixelCount))
        self.values = values
        shape = VolumeShape(frameCount: values.count / size.pixelCount, size: size)
    }

    /// Change along x over time: the mean over rows, `[t][x]`.
    package func profile(rows: Range<Int>? = nil) -> [Float] {
        let rows = rows ?? 0..<shape.height
        var result = [Float](repeating: 0, count: shape.frameCount * shape.width)
        for frame in 0..<shape.frameCount {
            for y in rows {
                let start = shape.index(frame: frame, y: y, x: 0)
                for x in 0..<shape.width { result[frame * shape.width + x] += values[start + x] }
            }
        }
        let scale = 1 / Float(max(1, rows.count))
        return result.map { $0 * scale }
    }

    /// The region around a place in which values are at least a share of the peak there.
    ///
    /// - Parameters:
    ///   - place: Where somebody pointed; the peak is the largest value close by.
    ///   - share: Of the peak, 0 to 1.
    /// - Returns: All voxels that hang together with the peak by faces, edges or corners.
    /// - Throws: ``GrowthError``
    package func region(around place: VoxelPosition, share: Double) throws(GrowthError) -> VoxelRuns {
        guard (0..<shape.frameCount).contains(place.frame), (0..<shape.height).contains(place.y),
            (0..<shape.width).contains(place.x)
        else { throw .noPeak }
        let peak = self.peak(near: place)
        guard values[peak] >= Self.leastPeak else { throw .noPeak }
        let threshold = values[peak] * Float(min(max(share, 0.01), 1))
        var isSeen = Set([peak])
        var open = [peak]
        while let index = open.popLast() {
            let position = shape.position(index)
            for frame in neighbours(position.frame, shape.frameCount) {
                for y in neighbours(position.y, shape.height) {
                    for x in neighbours(position.x, shape.width) {
                        let next = shape.index(frame: frame, y: y, x: x)
                        guard values[next] >= threshold, isSeen.insert(next).inserted else { continue }
                        guard isSeen.count <= Self.voxelLimit else { throw .tooLarge }
                        open.append(next)
                    }
                }
            }
        }
        return VoxelRuns(
            isSeen.map { index in
                let position = shape.position(index)
                return VoxelRuns.Run(
                    frame: Int32(position.frame),
                    y: Int32(position.y),
                    start: Int32(position.x),
                    end: Int32(position.x) + 1
                )
            }
        )
    }

    /// Divides an event between its own peak and another one, along the valley between them.
    ///
    /// - Parameters:
    ///   - mask: The event.
    ///   - place: Where the other peak is, close to or inside the event.
    /// - Returns: The part that belongs to the other peak.
    /// - Throws: ``GrowthError/noPeak`` if there is nothing to divide.
    package func part(of mask: VoxelRuns, at place: VoxelPosition) throws(GrowthError) -> VoxelRuns {
        let positions = mask.runs.flatMap { run in
            (run.start..<run.end).map { VoxelPosition32(frame: run.frame, y: UInt16(run.y), x: UInt16($0)) }
        }
        func isInside(_ position: VoxelPosition32) -> Bool {
            Int(position.frame) < shape.frameCount && Int(position.y) < shape.height && Int(position.x) < shape.width
        }
        guard positions.count >= 2, positions.allSatisfy(isInside) else { throw .noPeak }
        let inside = positions.map { values[shape.index(frame: Int($0.frame), y: Int($0.y), x: Int($0.x))] }
        func distance(_ position: VoxelPosition32, to other: VoxelPosition) -> Int {
            let (dt, dy, dx) = (
                Int(position.frame) - other.frame, Int(position.y) - other.y, Int(position.x) - other.x
            )
            return dt * dt + dy * dy + dx * dx
        }
        let nearest =
            positions.indices.min { distance(positions[$0], to: place) < distance(positions[$1], to: place) } ?? 0
        let pointed = Self.place(positions[nearest])
        let close = positions.indices.filter { distance(positions[$0], to: pointed) <= Self.aim * Self.aim }
        let second = close.max { inside[$0] < inside[$1] } ?? nearest
        let at = Self.place(positions[second])
        // The own peak is the highest one that is not this one's flank.
        let far = positions.indices.filter { distance(positions[$0], to: at) > Self.aim * Self.aim }
        guard
            let first = (far.isEmpty ? positions.indices.filter { $0 != second } : far).max(by: {
                inside[$0] < inside[$1]
            })
        else { throw .noPeak }
        var markers = [Int32](repeating: 0, count: positions.count)
        markers[first] = 1
        markers[second] = 2
        var watershed = CompactWatershed(voxels: VoxelIndex(positions), costs: inside.map { -Double($0) })
        let labels = watershed.flood(from: markers)
        return VoxelRuns(
            positions.indices.filter { labels[$0] == 2 }.map { index in
                let position = positions[index]
                return VoxelRuns.Run(
                    frame: position.frame,
                    y: Int32(position.y),
                    start: Int32(position.x),
                    end: Int32(position.x) + 1
                )
            }
        )
    }

    private static func place(_ position: VoxelPosition32) -> VoxelPosition {
        VoxelPosition(frame: Int(position.frame), y: Int(position.y), x: Int(position.x))
    }

    private func neighbours(_ place: Int, _ count: Int) -> ClosedRange<Int> {
        max(0, place - 1)...min(count - 1, place + 1)
    }

    /// The largest value close to a place.
    private func peak(near place: VoxelPosition) -> Int {
        func close(_ place: Int, _ count: Int) -> ClosedRange<Int> {
            max(0, place - Self.aim)...min(count - 1, place + Self.aim)
        }
        var best = shape.index(frame: place.frame, y: place.y, x: place.x)
        for frame in close(place.frame, shape.frameCount) {
            for y in close(place.y, shape.height) {
                for x in close(place.x, shape.width) {
                    let index = shape.index(frame: frame, y: y, x: x)
                    if values[index] > values[best] { best = index }
                }
            }
        }
        return best
    }
}

/// Why nothing grows from a place.
package enum GrowthError: Error, Equatable, CustomStringConvertible {
    case noPeak
    case tooLarge

    package var description: String {
        switch self {
        case .noPeak: "there is no peak: point at the brightest place of the event, at its peak"
        case .tooLarge: "the region would be too large for an event: take a higher share of the peak"
        }
    }
}
