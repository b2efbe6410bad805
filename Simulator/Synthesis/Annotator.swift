import Foundation
import Imaging

/// Labels of a recording as annotators draw them.
package struct RecordingLabels: Sendable {
    /// Class of each voxel, `[t][y][x]`: 0 background, 1 spark, 2 wave, 3 puff, 4 undefined.
    package var classes: [UInt8]
    /// Event of each voxel, `[t][y][x]`: 0 none, otherwise an id from 1 on, without gaps.
    package var events: [UInt16]
}

/// What became of the label of a release.
struct ReleaseLabel: Sendable {
    /// 0 if the release has no label of its own.
    var id: UInt16 = 0
    /// Class of the label: that of the event, or undefined.
    var classValue: UInt8 = 0
    /// Release with whose label this one was united.
    var unitedWith: Int?
    var voxelCount = 0
    var frames: Range<Int>?
    var rows: Range<Int>?
    var columns: Range<Int>?
    /// Signal-to-noise ratio of the best linear detector that knows the event's shape.
    var detectability = 0.0
}

/// Draws labels frame by frame: where the denoised ΔF/F0 of an event is above a threshold, with ragged edges.
struct Annotator {
    private let style: RecordingStyle
    private let annotation: AnnotationStyle
    private let releases: [ScheduledRelease]
    /// Fraction of a pixel's light that takes part in release.
    private let weights: [Float]
    private let resting: RestingFluorescence
    private let photons: Float
    private let thresholds: [Float]
    private let residual: ResidualNoise
    private let offsets: [(t: Int, y: Int, x: Int)]
    private let waveEnds: [Int: [Float]]

    private var owners: [UInt16]
    private var frameStrength: [Float]
    private var detectabilities: [Double]
    private var random: SeededRandom

    init(
        style: RecordingStyle,
        annotation: AnnotationStyle,
        schedule: EventSchedule,
        resting: RestingFluorescence,
        random: SeededRandom
    ) {
        self.style = style
        self.annotation = annotation
        self.resting = resting
        self.random = random
        releases = schedule.releases
        photons = Float(style.camera.photons)
        weights = zip(resting.cell.values, resting.surroundings.values).map { $0 / max($0 + $1, 1e-6) }
        var draws = random.stream(1)
        residual = ResidualNoise(random: &draws)
        offsets = releases.map { _ in (draws.integer(0...63), draws.integer(0...63), draws.integer(0...63)) }
        thresholds = releases.map { release in
            let fraction = release.eventClass == .wave ? 0.1 : annotation.peakFraction
            return Float(max(annotation.threshold, fraction * release.truth.amplitudeDff0))
        }
        waveEnds = Self.ends(of: schedule)
        owners = [UInt16](repeating: 0, count: style.frameCount * style.size.pixelCount)
        frameStrength = [Float](repeating: 0, count: style.size.pixelCount)
        detectabilities = [Double](repeating: 0, count: releases.count)
    }

    /// The frame, for each wave and pixel, in which the label ends because the next wave is near.
    private static func ends(of schedule: EventSchedule) -> [Int: [Float]] {
        let margin: Float = 8
        var ends: [Int: [Float]] = [:]
        for (index, release) in schedule.releases.enumerated() {
            guard let wave = release.source as? WaveSource else { continue }
            var limits = [Float](repeating: .infinity, count: wave.arrivalFrames.count)
            for other in schedule.waves {
                for pixel in limits.indices where other.arrivalFrames[pixel] > wave.arrivalFrames[pixel] {
                    limits[pixel] = min(limits[pixel], other.arrivalFrames[pixel] - margin)
                }
            }
            ends[index] = limits
        }
        return ends
    }

    /// Starts a frame: nothing is drawn in it yet.
    mutating func beginFrame() {
        for index in frameStrength.indices { frameStrength[index] = 0 }
    }

    /// Draws one release into a frame.
    ///
    /// Waves cover puffs, and puffs cover sparks; among equals the stronger one wins.
    mutating func mark(release index: Int, frame: Int, patch: [Float]) {
        let release = releases[index]
        guard release.visibility != .overlooked else { return }
        let extent = release.source.extent
        let owner = UInt16((release.host ?? index) + 1)
        let rank: Float =
            release.eventClass == .wave ? 200 : (release.eventClass == .puff || release.host != nil ? 100 : 1)
        let threshold = thresholds[index]
        let noise = Float(annotation.residualNoise) / photons.squareRoot()
        let offset = offsets[index]
        let ends = waveEnds[index]
        let base = frame * style.size.pixelCount
        var position = 0
        var squaredRatio: Float = 0
        for row in extent.rows {
            for column in extent.columns {
                let strength = patch[position]
                position += 1
                guard strength > 0.02 else { continue }
                let pixel = row * style.size.width + column
                let rough = noise * residual.value(t: frame + offset.t, y: row + offset.y, x: column + offset.x)
                let seen = strength * weights[pixel]
                guard seen + rough > threshold, seen > 0.5 * threshold else { continue }
                if let ends, Float(frame) > ends[pixel] { continue }
                let signal = strength * resting.cell.values[pixel]
                squaredRatio +=
                    signal * signal * photons
                    / (resting.cell.values[pixel] + signal + resting.surroundings.values[pixel])
                if rank + min(strength, 50) > frameStrength[pixel] {
                    frameStrength[pixel] = rank + min(strength, 50)
                    owners[base + pixel] = owner
                }
            }
        }
        detectabilities[Int(owner) - 1] += Double(squaredRatio)
    }

    /// Applies the conventions for whole events and returns the labels, with what became of each release.
    mutating func finish() -> (labels: RecordingLabels, outcomes: [ReleaseLabel]) {
        var outcomes = detectabilities.map { ReleaseLabel(detectability: $0.squareRoot()) }
        measure(&outcomes)
        makeHoles(in: outcomes)
        uniteTouchingPuffs(&outcomes)
        measure(&outcomes)
        decideClasses(&outcomes)

        var identifiers = [UInt16](repeating: 0, count: outcomes.count + 1)
        var classValues = [UInt8](repeating: 0, count: outcomes.count + 1)
        var count: UInt16 = 0
        for index in outcomes.indices where outcomes[index].classValue != 0 {
            count += 1
            outcomes[index].id = count
            identifiers[index + 1] = count
            classValues[index + 1] = outcomes[index].classValue
        }
        let labels = RecordingLabels(
            classes: owners.map { classValues[Int($0)] },
            events: owners.map { identifiers[Int($0)] }
        )
        return (labels, outcomes)
    }

    private func measure(_ outcomes: inout [ReleaseLabel]) {
        var bounds = outcomes.map { _ in VoxelBounds() }
        var position = 0
        for frame in 0..<style.frameCount {
            for row in 0..<style.size.height {
                for column in 0..<style.size.width {
                    let owner = Int(owners[position])
                    position += 1
                    if owner > 0 { bounds[owner - 1].include(frame: frame, row: row, column: column) }
                }
            }
        }
        for index in outcomes.indices {
            outcomes[index].voxelCount = bounds[index].count
            outcomes[index].frames = bounds[index].frames
            outcomes[index].rows = bounds[index].rows
            outcomes[index].columns = bounds[index].columns
        }
    }

    /// Breaks some labels up: holes of one or two frames, as thresholding leaves them.
    private mutating func makeHoles(in outcomes: [ReleaseLabel]) {
        for (index, outcome) in outcomes.enumerated() {
            guard let frames = outcome.frames, let rows = outcome.rows, frames.count > 6 else { continue }
            let isSpark = releases[index].eventClass == .spark
            let probability = annotation.dropoutProbability * (isSpark ? 0.15 : 1)
            guard random.chance(probability) else { continue }
            for _ in 0..<random.integer(1...2) {
                let length = isSpark ? 1 : random.integer(1...2)
                let start = random.integer(frames.lowerBound + 2...frames.upperBound - 3 - length + 1)
                for frame in start..<start + length {
                    for row in rows {
                        let line = (frame * style.size.height + row) * style.size.width
                        for position in line..<line + style.size.width where owners[position] == UInt16(index + 1) {
                            owners[position] = 0
                        }
                    }
                }
            }
        }
    }

    /// Gives puffs that touch, or follow each other within two frames, one label.
    private mutating func uniteTouchingPuffs(_ outcomes: inout [ReleaseLabel]) {
        let puffs = outcomes.indices.filter { releases[$0].eventClass == .puff && outcomes[$0].voxelCount > 0 }
        var roots = Array(outcomes.indices)
        func root(of index: Int) -> Int {
            var current = index
            while roots[current] != current { current = roots[current] }
            return current
        }
        for (position, first) in puffs.enumerated() {
            for second in puffs[(position + 1)...] where touch(first, second, outcomes) {
                let (low, high) = (min(root(of: first), root(of: second)), max(root(of: first), root(of: second)))
                roots[high] = low
            }
        }
        for index in puffs where root(of: index) != index {
            let host = root(of: index)
            outcomes[index].unitedWith = host
            outcomes[host].detectability = max(outcomes[host].detectability, outcomes[index].detectability)
        }
        let replacements = [0] + outcomes.indices.map { UInt16(root(of: $0) + 1) }
        for position in owners.indices where owners[position] != 0 {
            owners[position] = replacements[Int(owners[position])]
        }
    }

    private func touch(_ first: Int, _ second: Int, _ outcomes: [ReleaseLabel]) -> Bool {
        guard let frames = outcomes[first].frames, let rows = outcomes[first].rows,
            let columns = outcomes[first].columns,
            let otherFrames = outcomes[second].frames, let otherRows = outcomes[second].rows,
            let otherColumns = outcomes[second].columns
        else { return false }
        let (height, width) = (style.size.height, style.size.width)
        let lastFrame = min(style.frameCount, otherFrames.upperBound + 3)
        let sharedFrames = frames.clamped(to: max(0, otherFrames.lowerBound - 3)..<lastFrame)
        let sharedRows = rows.clamped(to: max(0, otherRows.lowerBound - 1)..<min(height, otherRows.upperBound + 1))
        let sharedColumns = columns.clamped(
            to: max(0, otherColumns.lowerBound - 1)..<min(width, otherColumns.upperBound + 1)
        )
        for frame in sharedFrames {
            for row in sharedRows {
                for column in sharedColumns
                where owners[(frame * height + row) * width + column] == UInt16(first + 1) {
                    for nearFrame in max(0, frame - 3)...min(style.frameCount - 1, frame + 3) {
                        for nearRow in max(0, row - 1)...min(height - 1, row + 1) {
                            let line = (nearFrame * height + nearRow) * width
                            for near in max(0, column - 1)...min(width - 1, column + 1)
                            where owners[line + near] == UInt16(second + 1) {
                                return true
                            }
                        }
                    }
                }
            }
        }
        return false
    }

    /// Drops what is too faint to be annotated, and leaves the class of some events open: that of all those whose label
    /// is smaller than any event counts.
    private mutating func decideClasses(_ outcomes: inout [ReleaseLabel]) {
        for index in outcomes.indices {
            let outcome = outcomes[index]
            guard outcome.voxelCount > 0, let frames = outcome.frames, let rows = outcome.rows,
                let columns = outcome.columns
            else { continue }
            guard outcome.detectability >= annotation.visibility else { continue }
            let eventClass = releases[index].eventClass
            let isWeak = outcome.detectability < 1.6 * annotation.visibility
            var isUndefined = random.chance(annotation.undefinedFraction * (isWeak ? 2.5 : 0.8))
            isUndefined = isUndefined || releases[index].visibility == .doubtful
            isUndefined = isUndefined || min(frames.count, rows.count, columns.count) < Self.smallestExtent
            switch eventClass {
            case .spark: break
            case .puff: isUndefined = isUndefined || frames.count < 5
            case .wave: isUndefined = columns.count < Self.smallestWaveWidth(style)
            }
            outcomes[index].classValue = isUndefined ? 4 : eventClass.rawValue
        }
    }

    /// Frames, rows and columns of the smallest spark or puff.
    private static let smallestExtent = 3

    /// Waves are at least 15 µm wide; narrower ones are left undefined.
    private static func smallestWaveWidth(_ style: RecordingStyle) -> Int {
        Int((15 / style.calibration.pixelSizeMicrometres).rounded())
    }
}

/// The smallest box around the voxels seen so far.
struct VoxelBounds {
    var count = 0
    private var lower = SIMD4<Int32>(repeating: .max)
    private var upper = SIMD4<Int32>(repeating: .min)

    mutating func include(frame: Int, row: Int, column: Int) {
        let voxel = SIMD4<Int32>(Int32(frame), Int32(row), Int32(column), 0)
        lower = pointwiseMin(lower, voxel)
        upper = pointwiseMax(upper, voxel)
        count += 1
    }

    var frames: Range<Int>? { range(0) }
    var rows: Range<Int>? { range(1) }
    var columns: Range<Int>? { range(2) }

    private func range(_ axis: Int) -> Range<Int>? {
        count == 0 ? nil : Int(lower[axis])..<Int(upper[axis]) + 1
    }
}

/// What denoising leaves of the noise: smooth in space, correlated over two frames; repeats after 64 pixels and frames.
private struct ResidualNoise {
    private let tiles: [ScalarImage]

    init(random: inout SeededRandom) {
        let size = FrameSize(height: 64, width: 64)
        tiles = (0..<32).map { _ in
            SmoothField.image(size: size, correlationX: 3, correlationY: 3, random: &random)
        }
    }

    func value(t: Int, y: Int, x: Int) -> Float {
        tiles[(t >> 1) & 31].values[(y & 63) << 6 | (x & 63)]
    }
}
