import Imaging
import UNet

/// What the labels show in one cell of a side output.
///
/// A cell counts as one of a class if more than half of its voxels are labelled so, and as none if nearly no voxel is;
/// those between, and those with undefined voxels, tell nothing.
struct CellContent {
    private var voxelCount = 0
    private var undefinedCount = 0
    /// By class.
    private(set) var counts = [0, 0, 0, 0]

    private static let presentShare = 0.5
    private static let absentShare = 0.05

    /// Whether the class is there; nil if that is not clear.
    func tells(_ networkClass: NetworkClass) -> Bool? {
        guard voxelCount > 0, undefinedCount == 0 else { return nil }
        let share = Double(counts[networkClass.rawValue]) / Double(voxelCount)
        return share > Self.presentShare ? true : share < Self.absentShare ? false : nil
    }

    /// The cells of a look, `[t][y][x]`.
    static func cells(
        of look: SideOutputSampler.Look,
        _ place: SideOutput.Place,
        in recording: RecordingLabels
    ) -> [CellContent] {
        let features = look.features, size = recording.size
        var contents = [CellContent](repeating: CellContent(), count: features.cellCount * features.cells.pixelCount)
        for frame in look.frames {
            let layer = (frame - look.frames.lowerBound) / place.cellFrameCount * features.cells.pixelCount
            for row in 0..<size.height {
                for column in 0..<size.width {
                    let label = recording.values[(frame * size.height + row) * size.width + column]
                    contents[layer + features.cell(ofRow: row, column: column)].add(label)
                }
            }
        }
        return contents
    }

    private mutating func add(_ label: UInt8) {
        voxelCount += 1
        if label == EventClass.undefined {
            undefinedCount += 1
        } else if Int(label) < counts.count, label > 0 {
            counts[Int(label)] += 1
        }
    }
}
