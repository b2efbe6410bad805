package import Imaging
import Synchronization
package import UNet

/// Where a network waits for a detector: building one takes a moment that the first frames of a series do not have.
///
/// A detector takes it from here and brings it back when it is done. One for frames of another size is let go before
/// the next is built, so that there is memory for one at a time.
package final class NetworkShelf: Sendable {
    private let model: Model
    private let settings: DetectorSettings
    private let waiting = Mutex(Waiting())

    // Sound: what waits has no user.
    private struct Waiting: @unchecked Sendable {
        var network: SlidingUNet?
    }

    /// An empty one, for networks of a model as the settings want them.
    package init(model: Model, settings: DetectorSettings) {
        self.model = model
        self.settings = settings
    }

    /// Builds the network for frames of a size before they come.
    ///
    /// - Throws: ``UNetError`` if it cannot be built for this frame size and window, or takes more memory than the
    ///   settings allow.
    package func prepare(for size: FrameSize) throws(UNetError) { bringBack(try borrow(for: size)) }

    /// The one that waits, or a new one; it knows no frame.
    ///
    /// - Throws: as ``prepare(for:)``.
    func borrow(for size: FrameSize) throws(UNetError) -> SlidingUNet {
        if let network = removeWaiting(), network.frameSize == size {
            network.restart()
            return network
        }
        let network = try settings.network(of: model, frameSize: size)
        // Before anything of it is used: until then it is only reserved.
        let byteCount = settings.byteCount(with: network)
        if let limit = settings.memoryLimitBytes, byteCount > limit { throw .outOfMemory(byteCount: byteCount) }
        network.populate()
        return network
    }

    private func removeWaiting() -> SlidingUNet? {
        let waiting = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting
        }
        return waiting.network
    }

    /// - Parameter network: One that was taken here, and that nobody uses any more.
    func bringBack(_ network: SlidingUNet) {
        let returned = Waiting(network: network)
        waiting.withLock { $0 = returned }
    }
}
