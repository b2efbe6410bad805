package import Foundation
import Imaging
import Session
import Wire

extension TabledSeries {
    /// The recordings of a run, from its journals in their order.
    package static func list(of journals: [(path: URL, reader: JournalReader)]) -> [TabledSeries] {
        var run = JournalledSeries()
        for journal in journals {
            let path = journal.path.standardizedFileURL
            let folder = path.deletingLastPathComponent().path
            run.source = TableSource(file: path.lastPathComponent, folder: folder)
            for entry in journal.reader.entries { run.take(entry.content) }
        }
        return run.series
    }
}

/// Recordings as they grow, message by message.
private struct JournalledSeries {
    var source = TableSource(file: "", folder: "")
    private(set) var series: [TabledSeries] = []
    /// The phase that goes on from recording to recording.
    private var label: String?
    /// The regions, which do so, too.
    private var regions: [DrawnRegion] = []
    /// Start of the last recording; nil if it is in no journal.
    private var start: SeriesStartMessage?

    mutating func take(_ content: JournalEntry.Content) {
        switch content {
        case .seriesStart(let start):
            self.start = start
            series.append(
                TabledSeries(
                    source: source,
                    seriesID: start.seriesID,
                    stream: start.stream,
                    frameIntervalMilliseconds: start.frameIntervalMilliseconds,
                    assumed: start.assumed ?? [],
                    firstFrame: start.firstFrame,
                    firstLabel: label
                )
            )
            draw()
        case .seriesEnd(let end):
            change(end.seriesID) { series in
                series.lastFrame = end.lastFrame
                series.cells = end.cells.isEmpty ? [end.cell].compactMap { $0?.asOnlyCell } : end.cells
            }
        case .mark(let mark):
            label = mark.label
            guard let seriesID = mark.seriesID, let frame = mark.frame else { return }
            change(seriesID) { $0.mark(mark.label, atFrame: frame) }
        case .regions(let message):
            regions = message.drawn
            draw()
        case .gap(let gap) where gap.action == .breakSegment:
            change(gap.seriesID) { $0.gaps.append((gap.firstFrame, gap.frameCount)) }
        case .correction(let correction): change(correction.seriesID) { $0.correct(correction) }
        case .movement(let movement): change(movement.seriesID) { $0.note(movement) }
        case .event(let event) where event.state == .final:
            if !series.contains(where: { $0.seriesID == event.seriesID }) { series.append(begun(by: event)) }
            change(event.seriesID) { $0.events.append(event) }
        default: break
        }
    }

    /// Draws the regions in the recording under way.
    private mutating func draw() {
        guard let start, start.frameShape.count == 2, start.frameShape.allSatisfy({ (1...1 << 16).contains($0) }) else {
            return
        }
        let size = FrameSize(height: start.frameShape[0], width: start.frameShape[1])
        let drawn = regions
        change(start.seriesID) { series in
            guard series.lastFrame == nil else { return }
            series.draw(drawn, in: size, pixelSizeMicrometres: start.pixelSizeMicrometres)
        }
    }

    /// A recording whose beginning is in no journal.
    private func begun(by event: EventMessage) -> TabledSeries {
        TabledSeries(
            source: source,
            seriesID: event.seriesID,
            stream: event.stream,
            frameIntervalMilliseconds: 1000 / event.sampleRate,
            assumed: event.assumed ?? [],
            firstLabel: label
        )
    }

    private mutating func change(_ seriesID: String, _ change: (inout TabledSeries) -> Void) {
        guard let index = series.lastIndex(where: { $0.seriesID == seriesID }) else { return }
        change(&series[index])
    }
}

extension CellActivityMessage {
    /// All cells together as the first one, where a journal of old tells no others.
    fileprivate var asOnlyCell: CellActivityMessage {
        var only = self
        only.cell = 1
        return only
    }
}
