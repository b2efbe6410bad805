import Foundation
import Journal
import Samples
import TestSupport
import Testing
import Wire

/// What a certificate makes of a live run, the analysis of its recording, and a reviewer.
struct RunCertificateTests {
    private func event(_ number: Int, _ type: String, frames: ClosedRange<Int>, x: Int, latency: Double? = nil) throws
        -> EventMessage
    {
        let json = """
            {"event_id":"7f0c12ab-\(number)","rev":1,"state":"final","event_type":"\(type)","stream":"scope","source_node":"s",
            "series_id":"s1","sample_rate":147,"sample_number":\(frames.lowerBound),"frame_start":\(frames.lowerBound),
            "frame_peak":\(frames.lowerBound),"frame_end":\(frames.upperBound),"frame_newest":null,"t_start_ms":0,"t_peak_ms":0,
            "t_end_ms":0,"duration_ms":0,"bbox":[0,\(x),10,\(x + 10)],"centroid_px":[5,5],"centroid_um":[1,1],"area_px":100,
            "area_um2":4,"voxels":100,"params":{},"reasons":{},"confidence":0.9,"flags":[],"missing_frames":0,"assumed":[],
            "latency_ms":{"structural":null,"compute":null,"total":\(latency.map { "\($0)" } ?? "null")},"lead_ms":null,
            "t_acq_ns":null,"t_ready_ns":null,"model_sha256":"ab","config_sha256":null}
            """
        return try JSONDecoder().decode(EventMessage.self, from: Data(json.utf8))
    }

    private func series(_ events: [EventMessage], gap: Int?) throws -> JournalSummary.Series {
        var lines = [
            #"{"topic":"series.start","version":1,"message_num":1,"topic_num":1,"t_pub_ns":1,"series_id":"s1","stream":"scope","source_node":"s","shape":[64,512],"first_frame":0,"pixel_size_um":0.2,"frame_interval_ms":6.8,"sample_rate":147,"assumed":[],"model_sha256":"ab","config_sha256":null,"software_version":"0.1.0","isa":"avx2","device":"d"}"#
        ]
        if let gap {
            lines.append(
                #"{"topic":"gap","version":1,"message_num":2,"topic_num":1,"t_pub_ns":2,"series_id":"s1","stream":"scope","origin":"transport","action":"break","first_missing_frame":\#(gap),"missing_frames":30}"#
            )
        }
        let reader = JournalReader(Data(lines.joined(separator: "\n").utf8))
        #expect(reader.unreadableLines.isEmpty, "\(reader.unreadableLines)")
        var series = try #require(JournalSummary(reader).series.first)
        series.events = events
        return series
    }

    @Test func agreementIsCountedByClassAndWhatGapsTookIsExcused() throws {
        let live = [
            try event(1, "spark", frames: 100...110, x: 0, latency: 800),
            try event(2, "spark", frames: 200...210, x: 50, latency: 1000),
            try event(3, "wave", frames: 300...340, x: 100, latency: 900),
        ]
        // The recording lacks frames 2000 to 2029: its own frames count on.
        let frames = Array(0..<2000) + Array(2030..<4000)
        let analysis = [
            try event(1, "spark", frames: 101...110, x: 1), try event(2, "puff", frames: 200...210, x: 50),
            try event(3, "wave", frames: 300...340, x: 100), try event(4, "spark", frames: 2010...2020, x: 0),
            try event(5, "spark", frames: 3500...3510, x: 0),
        ]
        let certificate = RunCertificate(
            try series(live, gap: 2000),
            recording: "r.ome.tif",
            frames: frames,
            analysis: analysis,
            reviews: [.init(reviewer: "bea", notReviewed: 2, events: Array(analysis.prefix(3)))]
        )
        let all = try #require(certificate.agreement["all"])
        #expect((all.both, all.detectedOnly, all.referenceOnly) == (2, 1, 3))
        let spark = try #require(certificate.agreement["spark"])
        #expect((spark.both, spark.detectedOnly, spark.referenceOnly) == (1, 1, 2))
        #expect(certificate.lostBesideGaps == 1 && certificate.lostOtherwise == 2)
        #expect(certificate.missingFrameCount == 30 && certificate.gapCount == 1)
        #expect(certificate.latency?.median == 900 && certificate.latency?.largest == 1000)
        let review = try #require(certificate.reviews.first)
        #expect(review.analysis["all"]?.recall?.value == 1 && review.live["all"]?.both == 2 && review.notReviewed == 2)
        // Written and read it is the same.
        let text = try JSONEncoder().encode(certificate)
        #expect(try JSONDecoder().decode(RunCertificate.self, from: text).agreement == certificate.agreement)
    }

    /// Wilson's intervals, against values of statsmodels (proportion_confint, method="wilson").
    @Test func intervalsAreWilsons() throws {
        let live = try (1...10).map { try event($0, "spark", frames: $0 * 100...$0 * 100 + 5, x: 0) }
        let certificate = RunCertificate(
            try series(live, gap: nil),
            recording: "r",
            frames: Array(0..<4000),
            analysis: Array(live.prefix(8)),
            reviews: []
        )
        let precision = try #require(certificate.agreement["spark"]?.precision)
        #expect(abs(precision.value - 0.8) < 1e-12)
        #expect(abs(precision.lower - 0.490162) < 1e-5 && abs(precision.upper - 0.943318) < 1e-5)
        #expect(certificate.agreement["spark"]?.recall?.upper == 1)
        let f1 = try #require(certificate.agreement["spark"]?.f1)
        #expect(abs(f1.value - 16.0 / 18) < 1e-12 && f1.lower < f1.value && f1.value < f1.upper)
        #expect(certificate.agreement["puff"] == nil)
    }
}
