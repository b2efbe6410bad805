package import Detection
import Foundation
package import Imaging
package import Session
import Synchronization
package import Wire

/// The live page: what is received, decided and published, shown to any number of browsers.
///
/// Nothing here waits for a viewer: everything goes into bounded queues, and who does not keep up misses pictures first.
/// The methods of the detection thread take some 0.1 ms per frame at most.
package final class Dashboard: Sendable {
    /// Where the page is found, with the token if there is one.
    package let address: String

    private let configuration: DashboardConfiguration
    private let broadcast: Broadcast
    private let server: PageServer
    private let marks: MarkDesk
    private let notices = PageNotices()
    private let series = Mutex(SeriesView())

    /// What is known of the series under way; written by the detection thread.
    private struct SeriesView {
        var number = 0
        var previews: PreviewMaker?
        var tiles: TileHistory?
        var formatter: EventFormatter?
        var originFrame = 0
        var resting = RestingCourse()
        var movement = MovementCourse()
        /// The cells that viewers know of.
        var cells: CellMask?

        /// Where the cells are, if viewers do not know yet.
        mutating func news(of found: CellMask?) -> Data? {
            guard let found, let formatter, found.labels != cells?.labels else { return nil }
            cells = found
            return try? PlainJSON.encode(CellShapes(found, seriesID: formatter.context.seriesID))
        }
    }

    /// Starts to serve the page.
    ///
    /// - Parameters:
    ///   - configuration: Where, and to whom.
    ///   - detector: What detects.
    ///   - arm: Carries out what a viewer wants of a trigger rule; must not wait.
    ///   - draw: Carries out what a viewer wants of the drawn regions; must not wait.
    /// - Throws: ``DashboardError`` if the address cannot be listened on or the page's files are missing.
    package init(
        _ configuration: DashboardConfiguration,
        detector: DetectorDescription,
        arm: @escaping @Sendable (TriggerArming) -> Void = { _ in },
        draw: @escaping @Sendable (RegionChange) -> Void = { _ in }
    ) throws(DashboardError) {
        let limits = configuration.limits
        let broadcast = Broadcast(viewerLimit: limits.viewers, queueLimits: limits.queue)
        let marks = MarkDesk()
        server = try PageServer(configuration, broadcast: broadcast, notices: notices) { message, _ in
            switch ViewerCommand(message) {
            case .mark(let label, let place): _ = marks.mark(label, at: place, origin: .page)
            case .arm(let arming): arm(arming)
            case .draw(let change): draw(change)
            case .correct(let correction): marks.correct(correction, by: configuration.reviewer)
            case nil: break
            }
        }
        address = configuration.address(port: server.port)
        self.configuration = configuration
        self.broadcast = broadcast
        self.marks = marks
        if let hello = try? PlainJSON.encode(PageMessage(page: "hello", content: Hello(detector: detector))) {
            broadcast.send([(hello, .latest("hello"))])
        }
    }

    /// Browsers that show the page.
    package var viewerCount: Int { broadcast.viewerCount }

    /// Says where marks are reported, to be published; those set before are reported at once.
    ///
    /// - Parameter report: Must not wait.
    package func reportMarks(_ report: @escaping @Sendable (MarkMessage) -> Void) { marks.report(report) }

    /// Says where corrections are reported, to be published.
    ///
    /// - Parameter report: Must not wait.
    package func reportCorrections(_ report: @escaping @Sendable (CorrectionMessage) -> Void) {
        marks.reportCorrections(report)
    }

    /// How often viewers corrected events, by what they did.
    package var corrections: [CorrectionMessage.Action: Int] { marks.corrections }

    /// What the user has to know of the page's server since the last call.
    package func drainNotices() -> [Health] { notices.drain() }

    /// Sets a mark on behalf of another program.
    package func mark(_ label: String, origin: MarkMessage.Origin) -> MarkMessage { marks.mark(label, origin: origin) }

    /// Takes the regions that are drawn from now on.
    package func draw(_ regions: [DrawnRegion]) { marks.draw(regions) }

    /// Says farewell to the viewers and stops to serve.
    package func stop() {
        broadcast.end()
        server.stop()
    }

    // MARK: - What happens, thread by thread

    /// Passes on what was published; called on the publisher's thread.
    package func published(_ lines: [MessageSequencer.Line]) {
        var messages = lines.map { (json: $0.json, memory: Self.memory(of: $0.topic)) }
        if lines.contains(where: { [.heartbeat, .mark, .regions, .correction].contains($0.topic) }) {
            if let phases { messages.append((phases, .latest("phases"))) }
            if let resting { messages.append((resting, .latest("resting"))) }
            if let movement { messages.append((movement, .latest("movement"))) }
        }
        broadcast.send(messages)
    }

    /// Notes that a series begins; called on the detection thread, as the following are.
    package func seriesStarted(_ start: SeriesStart) {
        let calibration = start.context.calibration
        series.withLock { series in
            series.number += 1
            series.originFrame = start.firstFrame
            series.resting.seriesStarted(start)
            series.movement.seriesStarted(start)
            series.cells = nil
            series.formatter = EventFormatter(context: start.context)
            series.previews = PreviewMaker(
                size: start.size,
                frameIntervalMilliseconds: calibration.frameIntervalMilliseconds,
                imagesPerSecond: configuration.imagesPerSecond
            )
            series.tiles = TileHistory(size: start.size, pixelSizeMicrometres: calibration.pixelSizeMicrometres)
        }
        marks.seriesStarted(start)
    }

    /// Takes up a frame of the series under way, of which every few become pictures.
    ///
    /// - Parameters:
    ///   - stamp: Which frame it is.
    ///   - pixels: Counts `[y][x]`.
    package func received(_ stamp: FrameStamp, pixels: UnsafeBufferPointer<Float>) {
        let hasViewers = broadcast.viewerCount > 0
        let picture = series.withLock { series -> Data? in
            series.tiles?.record(pixels, frame: stamp.index)
            // Without viewers one picture now and then: who comes after the end sees the last of them.
            let step = (series.previews?.frameStep ?? 1) * Self.keptPictureStep
            let isWanted = hasViewers || (stamp.index - series.originFrame).isMultiple(of: step)
            guard Self.isShown(stamp.index, in: series), !stamp.isFilled, isWanted else { return nil }
            return series.previews?.picture(
                of: pixels,
                frame: stamp.index,
                arrivedMilliseconds: Double(stamp.receiveNanoseconds) / 1e6,
                series: series.number
            )
        }
        marks.received(stamp.index)
        if let picture { broadcast.send(image: picture) }
    }

    /// Takes up what a window decided.
    package func decided(_ batch: DetectionBatch, _ events: [FinalEvent]) {
        let (overlay, details, cells, eventIDs) = series.withLock { series -> (Data?, [Data], Data?, [String]) in
            let overlay = series.previews.map { previews in
                ClassOverlay.message(of: batch.classes, frames: batch.frames, size: previews.size) {
                    Self.isShown($0, in: series)
                }
            }
            series.resting.take(batch.restingLight)
            series.movement.take(batch.movements, fromFrame: batch.frames.lowerBound)
            let messages = events.compactMap { series.formatter?.message(of: $0) }
            let details = zip(messages, batch.instances).compactMap { message, instance in
                try? PlainJSON.encode(EventDetail(of: message, instance: instance, tiles: series.tiles))
            }
            return (overlay, details, series.news(of: batch.cells), messages.map(\.eventID))
        }
        if let cells { broadcast.send([(cells, .latest("cells"))]) }
        marks.decided(batch, eventIDs: eventIDs)
        if let overlay { broadcast.send(overlay: overlay) }
        broadcast.send(details.map { ($0, .chronicle) })
    }

    /// Every which picture is made while nobody looks.
    private static let keptPictureStep = 30

    private static func isShown(_ frame: Int, in series: SeriesView) -> Bool {
        guard let step = series.previews?.frameStep else { return false }
        return (frame - series.originFrame).isMultiple(of: step)
    }

    private static func memory(of topic: Topic) -> History.Memory {
        switch topic {
        case .heartbeat: .latest("hb")
        case .seriesStart: .latest("series.start")
        case .examination: .latest("examination")
        case .regions: .latest("regions")
        case .movement: .none
        case _ where topic.rawValue.hasSuffix(".provisional"): .none
        default: .chronicle
        }
    }

    private var resting: Data? {
        let course = series.withLock { $0.resting }
        return course.recordings.isEmpty ? nil : try? PlainJSON.encode(PageMessage(page: "resting", content: course))
    }

    private var movement: Data? {
        let course = series.withLock { $0.movement }
        return course.recordings.isEmpty ? nil : try? PlainJSON.encode(PageMessage(page: "movement", content: course))
    }

    private var phases: Data? { try? PlainJSON.encode(PageMessage(page: "phases", content: ["phases": marks.phases])) }
}

/// What detects, and in which run: pages that come back see whether it is still the same.
private struct Hello: Encodable {
    let detector: DetectorDescription
    let run = UUID().uuidString

    enum CodingKeys: String, CodingKey {
        case run
    }

    func encode(to encoder: any Encoder) throws {
        try detector.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(run, forKey: .run)
    }
}

/// A message of the page's own, told from published ones by the key `page`.
private struct PageMessage<Content: Encodable>: Encodable {
    let page: String
    let content: Content

    enum CodingKeys: String, CodingKey {
        case page
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(page, forKey: .page)
        try content.encode(to: encoder)
    }
}
