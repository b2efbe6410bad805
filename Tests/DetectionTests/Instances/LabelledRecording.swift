import Detection
import Imaging
import TestSupport

/// A class mask with its movie, to be segmented at once or slab by slab.
struct LabelledRecording {
    let classes: [UInt8]
    let movie: [Float]
    let size: FrameSize
    /// Values that only have to arrive with the voxel they belong to.
    let baseline: [Float]
    let confidence: [Float]

    init(classes: [UInt8], movie: [Float], size: FrameSize) {
        self.classes = classes
        self.movie = movie
        self.size = size
        baseline = movie.indices.map { Float($0 % 1009) }
        confidence = movie.indices.map { Float($0 % 997) / 997 }
    }

    var frameCount: Int { classes.count / size.pixelCount }

    func batchInstances() -> [Instance] {
        BatchSegmentation.segment(classes: classes, movie: movie, size: size)
            .closedInstances(intensity: movie, baseline: baseline, confidence: confidence)
    }

    /// Whether two sparks lie side by side in a row, so that a watershed must have divided them.
    var holdsTouchingSparks: Bool {
        let segmentation = BatchSegmentation.segment(classes: classes, movie: movie, size: size)
        return zip(segmentation.instances, segmentation.instances.dropFirst()).enumerated().contains { index, pair in
            pair.0 != pair.1 && segmentation.classes[index] == EventClass.spark.rawValue
                && segmentation.classes[index + 1] == EventClass.spark.rawValue && (index + 1) % size.width != 0
        }
    }

    func streamedInstances(slabLengths: [Int], limits: InstanceLimits = InstanceLimits()) -> [Instance] {
        var builder = InstanceBuilder(size: size, limits: limits)
        var instances: [Instance] = []
        var frame = 0
        for length in slabLengths {
            instances += builder.push(slab(frame..<frame + length))
            frame += length
        }
        return instances + builder.finish()
    }

    func slab(_ frames: Range<Int>) -> LabelSlab {
        let range = frames.lowerBound * size.pixelCount..<frames.upperBound * size.pixelCount
        return LabelSlab(
            size: size,
            firstFrame: frames.lowerBound,
            frameCount: frames.count,
            classes: Array(classes[range]),
            intensity: Array(movie[range]),
            baseline: Array(baseline[range]),
            confidence: Array(confidence[range])
        )
    }

    /// A first slab of the given length, then slabs of 32 frames.
    func slabLengths(first: Int) -> [Int] {
        var lengths = [min(first, frameCount)]
        while lengths.reduce(0, +) < frameCount { lengths.append(min(32, frameCount - lengths.reduce(0, +))) }
        return lengths
    }

    /// Slabs of 1 to 40 frames.
    func randomSlabLengths(using generator: inout SeededGenerator) -> [Int] {
        var lengths: [Int] = []
        var rest = frameCount
        while rest > 0 {
            let length = min(rest, Int.random(in: 1...40, using: &generator))
            lengths.append(length)
            rest -= length
        }
        return lengths
    }
}

/// Everything about an instance that must be the same.
struct InstanceSummary: Equatable {
    let eventClass: EventClass
    let voxels: [Voxel]
    let peaks: [VoxelPosition]
    let isTruncated: Bool
}

extension [Instance] {
    var summaries: [InstanceSummary] {
        map {
            InstanceSummary(
                eventClass: $0.eventClass,
                voxels: $0.voxels,
                peaks: $0.peaks,
                isTruncated: $0.isTruncated
            )
        }
    }

    /// In raster order of first voxels, which no two instances share.
    var inEventOrder: [InstanceSummary] {
        summaries.sorted {
            let first = $0.voxels[0]
            let second = $1.voxels[0]
            return (first.frame, first.y, first.x) < (second.frame, second.y, second.x)
        }
    }
}
