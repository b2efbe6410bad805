package import Imaging
package import Wire

extension TabledSeries {
    /// A drawn region in the frames of a recording.
    package struct Region: Sendable, Equatable {
        package var drawn: DrawnRegion
        /// Of the pixels in the frame whose centres lie in the region.
        package var areaSquareMicrometres: Double

        /// Whether an event's centre lies in it.
        package func holds(_ event: EventMessage) -> Bool {
            event.centroidPixels.count == 2
                && drawn.contains(centroidRow: event.centroidPixels[0], column: event.centroidPixels[1])
        }
    }

    /// Takes regions, instead of those before.
    ///
    /// - Parameters:
    ///   - drawn: The regions.
    ///   - size: Of the recording's frames.
    ///   - pixelSizeMicrometres: Of the recording.
    package mutating func draw(_ drawn: [DrawnRegion], in size: FrameSize, pixelSizeMicrometres: Double) {
        regions = drawn.map { region in
            let pixelCount = Double(region.pixelCount(in: size))
            return Region(
                drawn: region,
                areaSquareMicrometres: pixelCount * pixelSizeMicrometres * pixelSizeMicrometres
            )
        }
    }
}
