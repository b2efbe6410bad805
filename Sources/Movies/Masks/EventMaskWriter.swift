package import Imaging

/// Writes the class mask and the instance mask of a movie while its events become final.
///
/// A frame is written when no event still to come can reach back to it, so that memory holds only the voxels of events
/// from the oldest open one on, however long the movie. Pixels of the instance mask hold the number of their event.
/// Use it on one thread only.
package struct EventMaskWriter: ~Copyable {
    private let size: FrameSize
    private let frameCount: Int
    private var classes: TIFFMovieWriter
    private var instances: InstanceMaskFile
    /// Voxels of final events by frame.
    private var pending: [Int: [LabelledPixel]] = [:]
    private var writtenFrameCount = 0

    private struct LabelledPixel {
        let index: Int32
        let number: UInt32
        let eventClass: EventClass
    }

    /// Creates both files, replacing those of the same names.
    ///
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``.
    package init(
        classPath: String,
        instancePath: String,
        size: FrameSize,
        frameCount: Int,
        calibration: Calibration
    ) throws(TIFFError) {
        let options = TIFFMovieWriter.Options.results(calibration: calibration, frameCount: frameCount)
        let classes = try TIFFMovieWriter(path: classPath, size: size, pixelType: .uint8, options: options)
        let instances = try InstanceMaskFile(path: instancePath, size: size, options: options)
        self.size = size
        self.frameCount = frameCount
        self.classes = classes
        self.instances = instances
    }

    /// Takes a final event.
    ///
    /// - Parameters:
    ///   - voxels: Those of the event; none in a frame that was settled before.
    ///   - eventClass: The class of the event.
    ///   - number: What pixels of the instance mask will hold, at least 1.
    ///   - origin: Index in the movie of the frame that the voxels count as 0.
    package mutating func add(_ voxels: [Voxel], of eventClass: EventClass, number: Int, origin: Int) {
        for voxel in voxels {
            let frame = Int(voxel.frame) + origin
            precondition(frame >= writtenFrameCount, "frame \(frame) was settled before")
            let pixel = LabelledPixel(
                index: Int32(Int(voxel.y) * size.width + Int(voxel.x)),
                number: UInt32(number),
                eventClass: eventClass
            )
            pending[frame, default: []].append(pixel)
        }
    }

    /// Writes the frames before one that no event still to come reaches.
    ///
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)``.
    package mutating func settle(before frame: Int) throws(TIFFError) {
        try writeFrames(before: min(frame, frameCount))
    }

    /// Writes the frames that are left and completes the files.
    ///
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)``.
    package consuming func finish() throws(TIFFError) {
        try writeFrames(before: frameCount)
        try classes.finish()
        try instances.finish()
    }

    private mutating func writeFrames(before end: Int) throws(TIFFError) {
        while writtenFrameCount < end {
            var classFrame = [UInt8](repeating: EventClass.background, count: size.pixelCount)
            var instanceFrame = [UInt32](repeating: 0, count: size.pixelCount)
            for pixel in pending.removeValue(forKey: writtenFrameCount) ?? [] {
                classFrame[Int(pixel.index)] = pixel.eventClass.rawValue
                instanceFrame[Int(pixel.index)] = pixel.number
            }
            try classes.append(classFrame)
            try instances.append(instanceFrame)
            writtenFrameCount += 1
        }
    }
}

extension TIFFMovieWriter.Options {
    /// How results are written: deflated, with the calibration for readers of OME-XML and for ImageJ; BigTIFF only
    /// where 4 GB may not do, since ImageJ itself cannot read it.
    static func results(calibration: Calibration, frameCount: Int) -> Self {
        Self(
            dialect: .omeAndImageJ,
            compression: .deflate,
            calibration: calibration,
            expectedFrameCount: frameCount
        )
    }
}
