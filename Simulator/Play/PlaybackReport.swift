import Foundation

/// What a playback did, so that it can be compared with what a detector counted.
package struct PlaybackReport: Sendable, Codable, Equatable {
    /// Identifiers of the series, in order; those that were cut off by a restart or an interruption included.
    package var series: [String] = []
    /// Frames that were due, whatever became of them.
    package var framesDue = 0
    /// Different frames that were sent undamaged.
    package var framesSent = 0
    /// Messages with pixels that were sent, duplicates and damaged ones included.
    package var frameMessagesSent = 0
    package var skipped = FaultList()
    package var dropped = FaultList()
    package var duplicated = FaultList()
    package var reordered = FaultList()
    package var corrupted = FaultList()
    /// Number of damaged messages of each kind.
    package var corruptions: [String: Int] = [:]
    package var restarts = 0
    /// Messages that found no room in the queue to a slow subscriber.
    package var refusedBySocket = 0
    package var isInterrupted = false
    package var elapsedSeconds = 0.0
    package var framesPerSecond = 0.0
    /// How much later than planned frames were sent, in ms.
    package var meanLatenessMilliseconds = 0.0
    package var largestLatenessMilliseconds = 0.0

    /// Frames that met one kind of fault.
    package struct FaultList: Sendable, Codable, Equatable {
        package private(set) var count = 0
        /// Positions in the playback, counted over all series; at most the first 1000.
        package private(set) var positions: [Int] = []

        mutating func append(_ position: Int) {
            count += 1
            if positions.count < 1000 { positions.append(position) }
        }
    }

    /// The report as one line of JSON.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
