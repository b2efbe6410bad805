import Imaging
import Wire

/// The newest frames of a segment with their masks, in fixed memory.
struct ClipRing {
    let size: FrameSize
    /// Most frames that are kept.
    let capacity: Int
    /// Acquisition indices of the frames at hand.
    private(set) var frames = 0..<0
    /// Acquisition index behind the last frame whose classes are known.
    private(set) var decidedEnd = 0

    /// Counts on the 16-bit scale, classes, and numbers of events; frame i lies at place i modulo `capacity`.
    private var counts: [UInt16]
    private var classes: [UInt8]
    private var numbers: [UInt16]

    /// - Precondition: `capacity` is positive.
    init(size: FrameSize, capacity: Int) {
        precondition(capacity > 0, "a ring has room for a frame")
        self.size = size
        self.capacity = capacity
        let voxelCount = capacity * size.pixelCount
        counts = [UInt16](repeating: 0, count: voxelCount)
        classes = [UInt8](repeating: 0, count: voxelCount)
        numbers = [UInt16](repeating: 0, count: voxelCount)
    }

    /// Bytes that a frame takes.
    static func byteCount(ofFrame size: FrameSize) -> Int { 5 * size.pixelCount }

    /// Forgets everything; the next frame has this index.
    mutating func restart(at frame: Int) {
        frames = frame..<frame
        decidedEnd = frame
    }

    /// Appends the frame behind the last one, `[y][x]`.
    mutating func append(_ pixels: UnsafeBufferPointer<Float>) {
        precondition(pixels.count == size.pixelCount, "a frame has one value per pixel")
        let start = place(of: frames.upperBound)
        for pixel in pixels.indices {
            counts[start + pixel] = UInt16(min(max(pixels[pixel].rounded(), 0), 65535))
            classes[start + pixel] = 0
            numbers[start + pixel] = 0
        }
        let end = frames.upperBound + 1
        frames = max(frames.lowerBound, end - capacity)..<end
    }

    /// Notes the classes of frames, `[t][y][x]`.
    mutating func decide(_ decided: [UInt8], frames decidedFrames: Range<Int>) {
        decidedEnd = max(decidedEnd, decidedFrames.upperBound)
        for frame in decidedFrames.clamped(to: frames) {
            let source = (frame - decidedFrames.lowerBound) * size.pixelCount
            let start = place(of: frame)
            for pixel in 0..<size.pixelCount { classes[start + pixel] = decided[source + pixel] }
        }
    }

    /// Marks the voxels of an event.
    ///
    /// - Parameters:
    ///   - voxels: Their frames count from `origin`.
    ///   - number: Of the event.
    ///   - origin: Acquisition index of the segment's first frame.
    mutating func mark(_ voxels: [Voxel], number: Int, origin: Int) {
        for voxel in voxels where frames.contains(Int(voxel.frame) + origin) {
            let start = place(of: Int(voxel.frame) + origin)
            numbers[start + Int(voxel.y) * size.width + Int(voxel.x)] = UInt16(clamping: number)
        }
    }

    /// A copy of frames, as far as they are at hand.
    func cut(_ wanted: Range<Int>) -> ClipVolume {
        let found = wanted.clamped(to: frames)
        var volume = ClipVolume(size: size, firstFrame: found.lowerBound, frameCount: found.count)
        for frame in found {
            let range = place(of: frame)..<place(of: frame) + size.pixelCount
            volume.counts += counts[range]
            volume.classes += classes[range]
            volume.numbers += numbers[range]
        }
        return volume
    }

    private func place(of frame: Int) -> Int {
        let remainder = frame % capacity
        return (remainder < 0 ? remainder + capacity : remainder) * size.pixelCount
    }
}

/// Frames with their masks, `[t][y][x]`.
struct ClipVolume: Sendable, Equatable {
    let size: FrameSize
    /// Acquisition index.
    let firstFrame: Int
    let frameCount: Int
    var counts: [UInt16] = []
    var classes: [UInt8] = []
    /// Number of the event that a voxel belongs to; 0 for none, or for one that was still open.
    var numbers: [UInt16] = []

    init(size: FrameSize, firstFrame: Int, frameCount: Int) {
        self.size = size
        self.firstFrame = firstFrame
        self.frameCount = frameCount
        counts.reserveCapacity(frameCount * size.pixelCount)
        classes.reserveCapacity(frameCount * size.pixelCount)
        numbers.reserveCapacity(frameCount * size.pixelCount)
    }
}

/// A movie of one event, ready to be written.
struct EventClip: Sendable {
    let event: EventMessage
    let calibration: Calibration
    let volume: ClipVolume

    /// Whether the event began before the frames that were still held.
    var lacksBeginning: Bool { volume.firstFrame > event.startFrame }
}
