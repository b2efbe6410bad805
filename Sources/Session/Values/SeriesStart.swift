package import Imaging

/// The first frame of a series has come: what is being watched, with what.
package struct SeriesStart: Sendable, Equatable {
    package var context: SeriesContext
    package var size: FrameSize
    /// Acquisition index of the first frame that was received.
    package var firstFrame: Int
    package var device: DeviceDescription

    package init(context: SeriesContext, size: FrameSize, firstFrame: Int, device: DeviceDescription) {
        self.context = context
        self.size = size
        self.firstFrame = firstFrame
        self.device = device
    }
}
