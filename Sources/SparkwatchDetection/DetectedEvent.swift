import Detection
import Imaging

/// A measured calcium release event.
///
/// Frames are counted from 0 at the start of the recording, both ends included. Pixels are counted from 0 at the top left.
public struct DetectedEvent: Sendable, Equatable {
    /// Counts the events of a detector from 1, in the order in which they became final.
    public let number: Int
    /// `spark`, `wave` or `puff`.
    public let eventClass: String
    /// First frame, frame of the peak and last frame.
    public let startFrame: Int
    public let peakFrame: Int
    public let endFrame: Int
    /// Smallest box that holds the event, in pixels.
    public let rows: Range<Int>
    public let columns: Range<Int>
    /// Intensity-weighted centre, in pixels from the centre of the first pixel.
    public let centroidRow: Double
    public let centroidColumn: Double
    /// Number of voxels (pixels times frames), and of different pixels, that it covers.
    public let voxelCount: Int
    public let footprintPixelCount: Int
    /// What could be measured, by the names of `Documentation/reference/parameters.md`, units in the names: for instance
    /// `amplitude_dff0`, `fdhm_ms`, `fwhm_x_um`.
    public let parameters: [String: Double]
    /// Why a parameter has no value; has exactly the names that ``parameters`` lacks.
    public let reasons: [String: String]
    /// Mean probability of the class over the voxels, 0 to 1.
    public let confidence: Double
    /// Remarks on how completely it was recorded, such as `edge_t0`.
    public let flags: Set<String>

    init(_ event: CalciumEvent) {
        number = event.number
        eventClass = event.eventClass.name
        startFrame = event.startFrame
        peakFrame = event.peakFrame
        endFrame = event.endFrame
        rows = event.rows
        columns = event.columns
        centroidRow = event.centroidRow
        centroidColumn = event.centroidColumn
        voxelCount = event.voxelCount
        footprintPixelCount = event.footprintPixelCount
        parameters = Dictionary(uniqueKeysWithValues: event.parameters.map { ($0.key.rawValue, $0.value) })
        reasons = Dictionary(uniqueKeysWithValues: event.unavailable.map { ($0.key.rawValue, $0.value.rawValue) })
        confidence = event.classConfidence
        flags = Set(event.flags.map(\.rawValue))
    }
}
