import Detection
import Foundation
import Streams
import UNet

/// Collects what a session finds in one movie.
final class MovieResults: SeriesSink {
    private(set) var messages: [EventMessage] = []
    /// Final class of every voxel, `[t][y][x]`.
    private(set) var classes: [UInt8]
    /// Number of the event that a voxel belongs to, 0 for none, `[t][y][x]`.
    private(set) var instanceIDs: [UInt16]

    private let size: FrameSize

    init(size: FrameSize, frameCount: Int) {
        self.size = size
        classes = [UInt8](repeating: EventClass.background, count: frameCount * size.pixelCount)
        instanceIDs = [UInt16](repeating: 0, count: frameCount * size.pixelCount)
    }

    func seriesStarted(_ message: SeriesStartMessage) {}
    func framesMissing(_ message: GapMessage) {}
    func healthChanged(_ message: StatusMessage) {}
    func seriesEnded(_ message: SeriesEndMessage) {}

    func decided(_ batch: DetectionBatch, _ messages: [EventMessage]) {
        self.messages += messages
        for (event, instance) in zip(batch.events, batch.instances) {
            for voxel in instance.voxels {
                let frame = Int(voxel.frame) + batch.segmentOrigin
                let index = (frame * size.height + Int(voxel.y)) * size.width + Int(voxel.x)
                classes[index] = instance.eventClass.rawValue
                instanceIDs[index] = UInt16(clamping: event.number)
            }
        }
    }

    func summary(of name: String, frameCount: Int, seconds: Double) -> String {
        let counts = EventClass.allCases.map { eventClass in
            "\(messages.count { $0.eventClass == eventClass }) \(eventClass.name)s"
        }
        let speed = String(format: "%.1f s, %.1f frame/s", seconds, Double(frameCount) / seconds)
        return "\(name): \(counts.joined(separator: ", ")) in \(frameCount) frames (\(speed))"
    }
}
