import Foundation
import Imaging
package import Wire

/// What a live run found against the analysis of its recording, and both against a reviewer: a record to keep and print.
package struct RunCertificate: Codable, Sendable {
    package static let format = "sparkwatch-certificate-1"

    package let format: String
    package let seriesID: String
    package let stream: String
    package let recording: String
    package let softwareVersion: String
    /// Model of the live run and of the analysis; nil where it was not told.
    package let liveModelSHA256: String?
    package let analysisModelSHA256: String?
    package let frameCount: Int
    package let missingFrameCount: Int
    package let gapCount: Int
    /// Events by class.
    package let liveEvents: [String: Int]
    package let analysisEvents: [String: Int]
    /// The live run, judged by the analysis: by class, and `all`.
    package let agreement: [String: DetectionQuality]
    /// Events of the analysis that the live run lacks: beside gaps, and without such an excuse.
    package let lostBesideGaps: Int
    package let lostOtherwise: Int
    package let reviews: [Review]
    /// From an event's peak to its publication, in ms.
    package let latency: Latency?

    /// What reviewers say.
    package struct Review: Codable, Sendable {
        package let reviewer: String
        /// Events that the reviewer did not look at.
        package let notReviewed: Int
        package let live: [String: DetectionQuality]
        package let analysis: [String: DetectionQuality]

        private enum CodingKeys: String, CodingKey {
            case reviewer, live, analysis
            case notReviewed = "not_reviewed"
        }
    }

    package struct Latency: Codable, Sendable {
        package let median: Double
        package let percentile95: Double
        package let largest: Double

        private enum CodingKeys: String, CodingKey {
            case median = "p50_ms"
            case percentile95 = "p95_ms"
            case largest = "max_ms"
        }
    }

    /// The events of a reviewer.
    package struct ReviewedEvents: Sendable {
        package let reviewer: String
        package let notReviewed: Int
        package let events: [EventMessage]

        package init(reviewer: String, notReviewed: Int, events: [EventMessage]) {
            self.reviewer = reviewer
            self.notReviewed = notReviewed
            self.events = events
        }
    }

    private enum CodingKeys: String, CodingKey {
        case format, stream, recording, agreement, reviews, latency
        case seriesID = "series_id"
        case softwareVersion = "software_version"
        case liveModelSHA256 = "live_model_sha256"
        case analysisModelSHA256 = "analysis_model_sha256"
        case frameCount = "frames"
        case missingFrameCount = "missing_frames"
        case gapCount = "gaps"
        case liveEvents = "live_events"
        case analysisEvents = "analysis_events"
        case lostBesideGaps = "lost_beside_gaps"
        case lostOtherwise = "lost_otherwise"
    }

    /// A gap ends what is open, and a window of frames passes until all is found again.
    private static let framesBesideGap = 256

    /// Compares.
    ///
    /// - Parameters:
    ///   - series: What the journal says of the live run.
    ///   - recording: Name of the recording.
    ///   - frames: Acquisition index of every frame of the recording.
    ///   - analysis: Events of the recording, by its own frames.
    ///   - reviews: Events of reviewers, by the recording's frames.
    package init(
        _ series: JournalSummary.Series,
        recording: String,
        frames: [Int],
        analysis: [EventMessage],
        reviews: [ReviewedEvents]
    ) {
        func acquired(_ events: [EventMessage]) -> [EventMessage] {
            events.map { event in
                var event = event
                func frame(_ index: Int) -> Int { frames.indices.contains(index) ? frames[index] : index }
                (event.startFrame, event.endFrame) = (frame(event.startFrame), frame(event.endFrame))
                event.peakFrame = frame(event.peakFrame)
                return event
            }
        }
        let (live, found) = (series.events, acquired(analysis))
        format = Self.format
        seriesID = series.start.seriesID
        stream = series.start.stream
        self.recording = recording
        softwareVersion = series.start.softwareVersion
        liveModelSHA256 = series.start.modelSHA256
        analysisModelSHA256 = analysis.first?.modelSHA256
        frameCount = frames.count
        missingFrameCount = series.missingFrames
        gapCount = series.gaps.count
        liveEvents = Dictionary(grouping: live, by: \.eventType).mapValues(\.count)
        analysisEvents = Dictionary(grouping: found, by: \.eventType).mapValues(\.count)
        agreement = DetectionQuality.byClass(live, reference: found)
        let known = Set(EventPairs(live, found).pairs.map(\.right))
        let lost = found.indices.filter { !known.contains($0) }.map { found[$0] }
        lostBesideGaps = lost.count { event in
            series.gaps.contains { gap in
                event.endFrame >= gap.firstFrame - Self.framesBesideGap
                    && event.startFrame <= gap.firstFrame + gap.frameCount + Self.framesBesideGap
            }
        }
        lostOtherwise = lost.count - lostBesideGaps
        self.reviews = reviews.map { review in
            let reference = acquired(review.events)
            return Review(
                reviewer: review.reviewer,
                notReviewed: review.notReviewed,
                live: DetectionQuality.byClass(live, reference: reference),
                analysis: DetectionQuality.byClass(found, reference: reference)
            )
        }
        let latencies = live.compactMap(\.latency.total).sorted()
        latency = latencies.last.map { largest in
            Latency(
                median: latencies[latencies.count / 2],
                percentile95: latencies[Int(0.95 * Double(latencies.count - 1))],
                largest: largest
            )
        }
    }
}
