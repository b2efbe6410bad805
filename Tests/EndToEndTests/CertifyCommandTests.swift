import Foundation
import Imaging
import Journal
import Samples
import TestSupport
import Testing

/// Real processes: a recorded live run, its certificate, a review of its recording, and the certificate with it.
@Suite(.serialized)
struct CertifyCommandTests {
    private func sparkwatch(_ arguments: [String], in folder: URL) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", arguments, in: folder)
        #expect(try process.wait(seconds: 240) == 0, "\(process.errors)")
        return process
    }

    private func certificate(in folder: URL) throws -> RunCertificate {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "live/certified").path)
        let name = try #require(names.first { $0.hasSuffix("_certificate.json") })
        let page = try String(
            contentsOf: folder.appending(path: "live/certified/\(name.replacing(".json", with: ".html"))"),
            encoding: .utf8
        )
        #expect(page.contains("Certificate of a live run") && page.contains("<td>all</td>"))
        let data = try Data(contentsOf: folder.appending(path: "live/certified/\(name)"))
        return try PlainJSON.decode(RunCertificate.self, from: data)
    }

    @Test func aRunWithoutLossAgreesWithItsRecordingAndWithWhoAcceptsIt() throws {
        let folder = try TemporaryFolder()
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 320, width: 64)
        let run = try LiveRun(in: folder.url, seriesCount: 1)
        try run.startDetector(seriesCount: 1, ["--record", folder.path("recordings")])
        #expect(try run.play(movie).wait(seconds: 540) == 0)
        let events = try run.messages().filter { $0.isEvent && $0.topic.hasSuffix(".final") }
        try #require(events.count > 2)

        _ = try sparkwatch(["certify", "live", "recordings"], in: folder.url)
        let first = try certificate(in: folder.url)
        let all = try #require(first.agreement["all"])
        #expect(all.both == events.count && all.detectedOnly == 0 && all.referenceOnly == 0)
        #expect(
            first.lostBesideGaps == 0 && first.lostOtherwise == 0 && first.reviews.isEmpty && first.frameCount == 320
        )
        #expect(first.liveModelSHA256 == first.analysisModelSHA256 && first.latency.map { $0.median > 0 } == true)

        _ = try sparkwatch(["review", "live/certified", "--reviewer", "bea", "--write"], in: folder.url)
        _ = try sparkwatch(["certify", "live", "recordings"], in: folder.url)
        let review = try #require(try certificate(in: folder.url).reviews.first)
        #expect(review.reviewer == "bea" && review.notReviewed == events.count)
        #expect(review.live["all"]?.f1?.value == 1 && review.analysis["all"]?.both == events.count)
    }

    @Test func aFolderWithoutJournalsIsNamed() throws {
        let folder = try TemporaryFolder()
        let process = try RunningProcess.product("sparkwatch", ["certify", "."], in: folder.url)
        #expect(try process.wait(seconds: 60) != 0)
        #expect(process.errors.contains("holds no journal (.jsonl) of a live run"), "\(process.errors)")
    }
}
