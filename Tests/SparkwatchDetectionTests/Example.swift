import Foundation
import SparkwatchDetection

/// Finds the events of a recording, frame by frame as a microscope delivers them.
func events(in frames: [[UInt16]], height: Int, width: Int, model: URL) throws -> [DetectedEvent] {
    var detector = try SparkwatchDetector(
        model: model,
        height: height,
        width: width,
        pixelSizeMicrometres: 0.2,
        frameIntervalMilliseconds: 6.8
    )
    var events: [DetectedEvent] = []
    for frame in frames {
        events += try detector.take(frame)
    }
    events += try detector.finish()
    for event in events {
        print(event.eventClass, "in frames", event.startFrame, "to", event.endFrame, "at column", event.centroidColumn)
    }
    return events
}
