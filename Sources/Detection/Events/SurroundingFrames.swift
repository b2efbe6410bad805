package import Imaging

/// The frames around an event for as long as their memory is borrowed: light, labels, F0.
///
/// Frames count from the start of the segment; every plane is `[y][x]`.
package struct SurroundingFrames {
    let size: FrameSize
    /// Frames whose light is still held.
    let frames: Range<Int>
    /// Frames whose labels are still held.
    package let labelledFrames: Range<Int>
    /// Where the cells are; nil where that is not known.
    let cells: CellMask?
    /// Light of an unlabelled, calcium-free place outside of the cell.
    package private(set) var blank: BlankLevel

    private let intensity: UnsafePointer<Float>
    private let intensityCapacity: Int
    private let labels: LabelHistory.Planes

    package init(
        size: FrameSize,
        frames: Range<Int>,
        intensity: UnsafePointer<Float>,
        intensityCapacity: Int,
        labels: LabelHistory.Planes
    ) {
        self.size = size
        self.frames = frames
        self.intensity = intensity
        self.intensityCapacity = intensityCapacity
        self.labels = labels
        labelledFrames = labels.frames
        cells = labels.cells
        blank = labels.cells?.blank ?? .unknown
    }

    /// The same frames for an event of a cell.
    func around(_ cell: CellMask.Cell?) -> SurroundingFrames {
        guard let cell else { return self }
        var own = self
        own.blank = cell.blank
        return own
    }

    var blankLevel: Float { blank.light }

    /// Normalised light of a held frame.
    package func intensity(ofFrame frame: Int) -> UnsafePointer<Float> {
        precondition(frames.contains(frame), "frame \(frame) is not among \(frames)")
        return intensity + frame % intensityCapacity * size.pixelCount
    }

    /// Class mask of a held frame; nil where it is not known.
    package func classes(ofFrame frame: Int) -> UnsafePointer<UInt8>? {
        labelledFrames.contains(frame) ? labels.classes + frame % labels.capacity * size.pixelCount : nil
    }

    /// Light of the quiet part of a frame in units of its F0: what flickers or drifts is no event.
    package func brightness(ofFrame frame: Int) -> Float {
        labelledFrames.contains(frame) ? labels.brightness[frame % labels.capacity] : 1
    }

    /// F0 as it was at or shortly before a frame; nil if that is no longer held.
    package func restingIntensity(before frame: Int) -> UnsafePointer<Float>? {
        let plane = frame / LabelHistory.restingInterval
        guard frame >= 0, labelledFrames.contains(plane * LabelHistory.restingInterval) else { return nil }
        return labels.resting + plane % labels.restingCapacity * size.pixelCount
    }

    /// F0 as it was when an event began.
    ///
    /// - Throws: The reason if the first frame of the event is no longer held, or its F0 is not.
    func heldRestingIntensity(before frame: Int) throws(RegionProfiles.Unavailable) -> UnsafePointer<Float> {
        guard frames.contains(frame), labelledFrames.contains(frame) else { throw .init(reason: .longerThanHistory) }
        guard let resting = restingIntensity(before: frame) else { throw .init(reason: .noBaseline) }
        return resting
    }
}
