import Detection
import Imaging
import Session
import Wire

/// Made-up values for tests.
enum Samples {
    /// A spark of frames 40 to 50 at row 3, column 7.
    static let event = EventFormatter(context: context).message(
        of: CalciumEvent(
            number: 1,
            eventClass: .spark,
            startFrame: 40,
            peakFrame: 44,
            endFrame: 50,
            rows: 2..<5,
            columns: 6..<9,
            centroidRow: 3,
            centroidColumn: 7,
            voxelCount: 20,
            footprintPixelCount: 5,
            parameters: [.amplitude: 0.5],
            classConfidence: 0.9,
            missingFrameCount: 0,
            flags: []
        )
    )

    static func seriesStart(_ seriesID: String = "0123456789", firstFrame: Int) -> SeriesStart {
        var context = context
        context.seriesID = seriesID
        return SeriesStart(
            context: context,
            size: FrameSize(height: 64, width: 512),
            firstFrame: firstFrame,
            device: DeviceDescription(instructionSet: "avx2", processor: "2 cores")
        )
    }

    private static let context = SeriesContext(
        seriesID: "0123456789",
        stream: "test",
        calibration: Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)
    )
}
