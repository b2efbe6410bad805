package import Detection
import Foundation
import Imaging
package import Wire

/// What the page shows of an event beside its message: the outline of its footprint and the trace of its place.
package struct EventDetail: Encodable {
    package struct Trace: Encodable {
        /// Acquisition index of the first value, and frames from one value to the next.
        package let firstFrame: Int
        package let frameStep: Int
        /// The tile that was averaged: [y0, x0, y1, x1] in pixels, half open.
        package let tile: [Int]
        /// Mean counts; null for frames that are missing.
        package let counts: [Float?]

        package enum CodingKeys: String, CodingKey {
            case firstFrame = "first_frame"
            case frameStep = "frame_step"
            case tile, counts
        }
    }

    package let page = "detail"
    package let eventID: String
    /// The pixels that the event ever covered, as runs: y, first x, end of x, and so on.
    package let footprint: [Int]
    package let trace: Trace?

    package enum CodingKeys: String, CodingKey {
        case page
        case eventID = "event_id"
        case footprint, trace
    }

    /// Frames shown before and behind an event.
    private static let margin = 60
    private static let longestTrace = 600

    /// - Parameters:
    ///   - message: The event.
    ///   - instance: Its voxels.
    ///   - tiles: Where the trace is cut from; nil for none.
    package init(of message: EventMessage, instance: Instance, tiles: TileHistory?) {
        eventID = message.eventID
        footprint = Self.footprint(of: instance)
        let (row, column) = (
            Int(saturating: message.centroidPixels[0].rounded()), Int(saturating: message.centroidPixels[1].rounded())
        )
        let frames = max(0, message.startFrame - Self.margin)..<message.endFrame + Self.margin + 1
        let step = (frames.count + Self.longestTrace - 1) / Self.longestTrace
        trace = tiles.map { tiles in
            let counts = tiles.trace(row: row, column: column, frames: frames)
            return Trace(
                firstFrame: frames.lowerBound,
                frameStep: step,
                tile: tiles.box(row: row, column: column),
                counts: stride(from: 0, to: counts.count, by: step).map { counts[$0]?.rounded() }
            )
        }
    }

    private static func footprint(of instance: Instance) -> [Int] {
        let pixels = Set(instance.voxels.map { Int($0.y) << 16 | Int($0.x) }).sorted()
        var runs: [Int] = []
        for pixel in pixels {
            let (y, x) = (pixel >> 16, pixel & 0xFFFF)
            if runs.count >= 3, runs[runs.count - 3] == y, runs[runs.count - 1] == x {
                runs[runs.count - 1] = x + 1
            } else {
                runs += [y, x, x + 1]
            }
        }
        return runs
    }
}
