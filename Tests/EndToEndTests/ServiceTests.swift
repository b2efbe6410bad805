import Foundation
import Live
import Samples
import TestSupport
import Testing

/// A detector that a service manager starts, watches and starts again.
@Suite("The detector as a service", .serialized)
final class ServiceTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Instance: Decodable {
        let ready: Double?
        let watchdogs: Int
        let silent: Double?
        let states: [String]
    }

    @Test("It says when it is ready and that it is alive; killed or standing still it is started again")
    func watchdog() throws {
        let arguments = [
            "40", "2", RunningProcess.executable("sparkwatch").path, "live", "--no-page", "--no-status", "--events",
            "tcp://127.0.0.1:\(try freePort())", "--frames", "tcp://127.0.0.1:\(try freePort())", "--output",
            folder.path("live"),
        ]
        let supervisor = try RunningProcess.python(
            "Tests/Peers/supervise.py",
            arguments + ConnectionTests.small,
            in: folder.url
        )
        #expect(try supervisor.wait(seconds: 120) == 0, "\(supervisor.errors)")
        let instances = try JSONDecoder().decode([Instance].self, from: Data(supervisor.output.utf8))
        try #require(instances.count == 3, "\(supervisor.errors)")
        #expect(instances.allSatisfy { $0.ready != nil && $0.watchdogs > 0 })
        // The second one stood still: nothing was heard of it, until it was killed.
        #expect(instances[1].silent != nil && instances[0].silent == nil && instances[2].silent == nil)
        #expect(instances[2].states.first?.contains("0 frames") == true)
    }

    @Test("A run that goes on in a series that was cut off says what was left undone")
    func resumedSeries() throws {
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 420, width: 64)
        let run = try LiveRun(in: folder.url)
        let first = try run.startDetector(seriesCount: 0, ConnectionTests.small)
        let player = try run.play(movie, ["--speed", "0.4"])
        try wait(seconds: 60, for: "the series") { first.errors.contains(" from sparksim: ") }
        Thread.sleep(forTimeInterval: 0.5)
        first.send(SIGKILL)
        try first.wait(seconds: 10)
        try run.startDetector(ConnectionTests.small)
        _ = try run.messages()
        #expect(try player.wait(seconds: 60) == 0)
        // In the journal: the subscriber may not have been back yet.
        let notice = try #require(run.journal().first { $0.code == "series_resumed" })
        #expect(notice.status == 2)
        let resumedAt = try run.journal().filter { $0.topic == "series.start" }.compactMap(\.first_frame).max() ?? 0
        #expect(resumedAt > 0)
        #expect(run.detector?.errors.contains("going on with frame \(resumedAt)") == true)
    }
}
