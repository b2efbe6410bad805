package import Foundation
import Imaging
package import Session
import Synchronization

/// The review page, served to browsers under the rules of the live page.
package final class ReviewPage: Sendable {
    /// Where the page is found, with the token if there is one.
    package let address: String

    private let broadcast: Broadcast
    private let server: PageServer
    private let notices = PageNotices()

    /// One browser that shows the page.
    package struct Viewer: Sendable {
        fileprivate let queue: ViewerQueue

        package func send(_ message: ReviewMessage) {
            if let json = try? PlainJSON.encode(message) { queue.offer(messages: [json]) }
        }

        package func send(picture: Data) { queue.offer(image: picture) }
    }

    /// Starts to serve the page.
    ///
    /// - Parameters:
    ///   - configuration: Where, and to whom.
    ///   - take: Called on the server's thread with every request; must not wait.
    /// - Throws: ``DashboardError`` if the address cannot be listened on or the page's files are missing.
    package init(
        _ configuration: DashboardConfiguration,
        take: @escaping @Sendable (ReviewRequest, Viewer) -> Void
    ) throws(DashboardError) {
        var configuration = configuration
        configuration.firstFile = "review.html"
        configuration.limits.frameBytes = Self.messageBytes
        configuration.limits.messageBytes = Self.messageBytes
        configuration.limits.queue.images = 2 * Self.mostWaitingPictures
        configuration.limits.queue.imageBytes = 64 << 20
        let broadcast = Broadcast(viewerLimit: configuration.limits.viewers, queueLimits: configuration.limits.queue)
        server = try PageServer(configuration, broadcast: broadcast, notices: notices) { message, queue in
            let viewer = Viewer(queue: queue)
            if let request = ReviewRequest(message) {
                take(request, viewer)
            } else {
                viewer.send(.refused("this page asked for something that is not understood; reload it"))
            }
        }
        address = configuration.address(port: server.port)
        self.broadcast = broadcast
    }

    /// A stroke of the brush is the longest that a page sends.
    private static let messageBytes = 512 << 10
    private static let mostWaitingPictures = 128

    /// Tells everybody.
    package func tell(_ message: ReviewMessage) {
        guard let json = try? PlainJSON.encode(message) else { return }
        if case .movies = message {
            broadcast.send([(json, .latest("movies"))])
        } else {
            broadcast.send([(json, .none)])
        }
    }

    /// What the user has to know of the page's server since the last call.
    package func drainNotices() -> [Health] { notices.drain() }

    /// Says farewell to the viewers and stops to serve.
    package func stop() {
        broadcast.end()
        server.stop()
    }
}
