package import Foundation
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

    mutating func take(_ content: JournalEntry.Content) {
        switch content {
        case .seriesStart(let start):
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
        case .seriesEnd(let end):
            change(end.seriesID) { series in
                series.lastFrame = end.lastFrame
                series.cells = end.cells.isEmpty ? [end.cell].compactMap { $0?.asOnlyCell } : end.cells
            }
        case .mark(let mark):
            label = mark.label
            guard let seriesID = mark.seriesID, let frame = mark.frame else { return }
            change(seriesID) { $0.mark(mark.label, atFrame: frame) }
        case .gap(let gap) where gap.action == .breakSegment:
            change(gap.seriesID) { $0.gaps.append((gap.firstFrame, gap.frameCount)) }
        case .movement(let movement): change(movement.seriesID) { $0.note(movement) }
        case .event(let event) where event.state == .final:
            if !series.contains(where: { $0.seriesID == event.seriesID }) { series.append(begun(by: event)) }
            change(event.seriesID) { $0.events.append(event) }
        default: break
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
