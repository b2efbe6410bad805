import ArgumentParser
import Dashboard
import Detection
import Foundation
import Imaging
import Streams
import UNet

extension PageOptions {
    /// The page, unless it is left out; arguments as of ``PageCompanion``.
    func companion(
        model: String?,
        session: DetectionSession.Configuration,
        context: ZeroMQContext
    ) throws -> PageCompanion? {
        guard page || marks == nil else {
            throw ValidationError("--marks needs the page, which counts from mark to mark: leave out --no-page.")
        }
        return page ? try PageCompanion(self, model: model, session: session, context: context) : nil
    }
}

/// The live page as a companion of detection.
final class PageCompanion: LiveCompanion {
    private let dashboard: Dashboard
    private let listener: MarkListener?

    /// Starts to serve the page.
    ///
    /// - Throws: `DashboardError` or `StreamError` if an address cannot be listened on.
    init(
        _ options: PageOptions,
        model: String?,
        session: DetectionSession.Configuration,
        context: ZeroMQContext
    ) throws {
        var configuration = DashboardConfiguration(
            address: options.pageAddress,
            token: options.pageToken,
            publicOrigin: options.pageOrigin.flatMap(PublicOrigin.init),
            pageFolder: InstalledFiles.pageFolder
        )
        configuration.port = options.pagePort
        let detector = DetectorDescription(
            softwareVersion: SparkwatchVersion.current,
            modelName: model.map { URL(filePath: $0).lastPathComponent } ?? InstalledFiles.modelName,
            modelSHA256: session.model.sha256,
            instructionSet: session.device.instructionSet,
            processor: session.device.processor,
            threads: session.settings.threads,
            window: session.settings.window,
            stride: session.settings.stride
        )
        let dashboard = try Dashboard(configuration, detector: detector)
        self.dashboard = dashboard
        listener = try options.marks.map { endpoint in
            try MarkListener(endpoint: endpoint, context: context) { dashboard.mark($0, origin: .request) }
        }
    }

    var introduction: [String] {
        ["live page: \(dashboard.address)"] + (listener.map { ["marks on \($0.endpoint)"] } ?? [])
    }

    func makeFollower() -> (any LiveFollower)? { PageFollower(dashboard) }

    func published(_ lines: [MessageSequencer.Line]) { dashboard.published(lines) }

    func news() -> [StatusMessage] { dashboard.takeNotices() }

    func marks() -> [MarkMessage] { dashboard.takeMarks() }

    func armings() -> [TriggerArming] { dashboard.takeArmings() }

    func finishPublished() {
        listener?.stop()
        dashboard.stop()
    }
}

/// Shows the page what detection takes and decides.
private final class PageFollower: LiveFollower {
    private let dashboard: Dashboard

    init(_ dashboard: Dashboard) { self.dashboard = dashboard }

    func received(_ item: FrameItem, pixels: UnsafeBufferPointer<Float>) {
        if case .frame(let stamp) = item { dashboard.received(stamp, pixels: pixels) }
    }

    func seriesStarted(_ message: SeriesStartMessage) { dashboard.seriesStarted(message) }

    func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) { dashboard.decided(batch, messages) }

    func framesMissing(_ message: GapMessage) {}

    func healthChanged(_ message: StatusMessage) {}

    func seriesEnded(_ message: SeriesEndMessage) {}
}
