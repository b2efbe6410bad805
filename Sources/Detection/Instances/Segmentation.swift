package import Imaging

/// What the published pipeline makes of a whole movie; masks are stored in the order `[t][y][x]`.
package struct Segmentation: Sendable {
    package let size: FrameSize
    package let frameCount: Int
    /// Class of every voxel before events that are too small were removed.
    package let rawClasses: [UInt8]
    /// Class of every voxel that belongs to an event.
    package internal(set) var classes: [UInt8]
    /// Number of the event of every voxel, 0 outside; sparks come first, then waves, then puffs.
    package internal(set) var instances: [Int32]
    /// Events are numbered from 1 to this.
    package internal(set) var instanceCount = 0
    /// Intensity peaks of sparks, in raster order; a spark may have several.
    package internal(set) var peaks: [VoxelPosition] = []

    init(rawClasses: [UInt8], frameCount: Int, size: FrameSize) {
        self.rawClasses = rawClasses
        self.frameCount = frameCount
        self.size = size
        classes = [UInt8](repeating: EventClass.background, count: rawClasses.count)
        instances = [Int32](repeating: 0, count: rawClasses.count)
    }

    /// The events one by one, by number, with what they are measured from.
    ///
    /// - Parameters:
    ///   - intensity: normalised movie, see ``LabelSlab/intensity``.
    ///   - baseline: resting intensity per voxel, see ``LabelSlab/baseline``.
    ///   - confidence: probability of each voxel's class.
    /// - Returns: one instance per event, by number.
    /// - Precondition: all arrays hold one value per voxel.
    package func closedInstances(intensity: [Float], baseline: [Float], confidence: [Float]) -> [Instance] {
        precondition(intensity.count == instances.count)
        precondition(baseline.count == instances.count && confidence.count == instances.count)
        let shape = VolumeShape(frameCount: frameCount, size: size)
        var voxels = [[Voxel]](repeating: [], count: instanceCount)
        var eventClasses = [EventClass](repeating: .spark, count: instanceCount)
        for index in instances.indices where instances[index] != 0 {
            let position = shape.position(index)
            let instance = Int(instances[index]) - 1
            voxels[instance].append(
                Voxel(
                    frame: Int32(position.frame),
                    y: UInt16(position.y),
                    x: UInt16(position.x),
                    intensity: intensity[index],
                    baseline: baseline[index],
                    confidence: confidence[index]
                )
            )
            eventClasses[instance] = EventClass(rawValue: classes[index]) ?? .spark
        }
        var ownPeaks = [[VoxelPosition]](repeating: [], count: instanceCount)
        for peak in peaks {
            let index = shape.index(frame: peak.frame, y: peak.y, x: peak.x)
            ownPeaks[Int(instances[index]) - 1].append(peak)
        }
        return (0..<instanceCount).map {
            Instance(eventClass: eventClasses[$0], voxels: voxels[$0], peaks: ownPeaks[$0], isTruncated: false)
        }
    }
}
