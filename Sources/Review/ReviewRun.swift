package import Dashboard
import Foundation
import Session
import Synchronization

/// A review as a library: files, corrections and the page, until somebody ends it.
package final class ReviewRun: Sendable {
    /// Where the page is found.
    package let address: String

    private let page: ReviewPage
    private let desk: ReviewDesk

    /// Starts to serve the page.
    ///
    /// - Parameters:
    ///   - files: What can be reviewed.
    ///   - reviewer: Who reviews.
    ///   - settings: What the user says of the movies.
    ///   - configuration: Where the page is served, and to whom.
    /// - Throws: `DashboardError` if it cannot be served.
    package init(
        _ files: [ReviewFiles],
        reviewer: String,
        settings: MovieSettings,
        page configuration: DashboardConfiguration
    ) throws(DashboardError) {
        // The page takes requests before the desk can know the page.
        let loudspeaker = Loudspeaker()
        let desk = ReviewDesk(files, reviewer: reviewer, settings: settings) { loudspeaker.tell($0) }
        let page = try ReviewPage(configuration) { request, viewer in desk.take(request, from: viewer) }
        loudspeaker.connect(page)
        page.tell(desk.welcome)
        self.page = page
        self.desk = desk
        address = page.address
    }

    /// Serves until somebody ends it.
    ///
    /// - Parameters:
    ///   - notice: Is told what is wrong with the page's server.
    ///   - isOver: Asked a few times a second.
    package func run(notice: (String) -> Void, until isOver: () -> Bool) {
        while !isOver() {
            Thread.sleep(forTimeInterval: 0.1)
            for health in page.drainNotices() { notice(health.message) }
        }
        page.stop()
    }
}

private final class Loudspeaker: Sendable {
    private let page = Mutex<ReviewPage?>(nil)

    func connect(_ page: ReviewPage) { self.page.withLock { $0 = page } }
    func tell(_ message: ReviewMessage) { page.withLock(\.self)?.tell(message) }
}
