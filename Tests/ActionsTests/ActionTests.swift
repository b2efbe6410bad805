import Actions
import Foundation
import Imaging
import Samples
import Synchronization
import TestSupport
import Testing
import Triggers
import Wire
import ZeroMQ

/// Actions against peers in Python: pyzmq, http.server, a shell script.
@Suite("Actions of triggers", .serialized)
struct ActionTests {
    /// Long, because a busy machine may let a peer wait.
    static let retries = TriggerAction.Retries(timeoutMilliseconds: 3000, attempts: 5)

    static func trigger(_ number: Int = 1) -> TriggerMessage {
        let event = TriggerSamples.event(number, newest: 100, speed: nil)
        var trigger = TriggerMessage(
            Firing(triggerID: "wave-\(event.eventID)", rule: "wave", count: number, observation: event)
        )
        trigger.firedNanoseconds = 1_763_822_907_000_000_000
        return trigger
    }

    /// A peer that has said it is ready, and what it will have received.
    static func peer(_ arguments: String...) throws -> (process: Process, received: () throws -> Data) {
        let url = PackagePaths.peers.appending(path: "trigger_peer.py")
        let script = try String(contentsOf: url, encoding: .utf8)
        let (process, output) = try Python.start(script: script, arguments: arguments)
        #expect(try output.read(upToCount: 6) == Data("ready\n".utf8))
        return (
            process,
            {
                let data = try output.readToEnd() ?? Data()
                process.waitUntilExit()
                return data
            }
        )
    }

    /// Carries out an action for some triggers, one after another, and returns how each ended.
    static func reports(of action: TriggerAction, _ triggers: [TriggerMessage]) throws -> [TriggerActionMessage] {
        let reports = Mutex<[TriggerActionMessage]>([])
        let runner = try ActionRunner(action, context: try ZeroMQContext()) { report in
            reports.withLock { $0.append(report) }
        }
        for trigger in triggers { runner.submit(trigger) }
        runner.finish()
        return reports.withLock { $0 }
    }

    static func freeEndpoint() throws -> String {
        let socket = try ZeroMQSocket(.reply, in: try ZeroMQContext())
        try socket.bind(to: "tcp://127.0.0.1:*")
        return try socket.lastEndpoint
    }

    @Test func aRequestIsRepeatedWithTheSameIdentifierUntilItIsAnswered() throws {
        let endpoint = try Self.freeEndpoint()
        let (_, received) = try Self.peer("rep", endpoint, "2", "1")
        let reports = try Self.reports(
            of: .request(endpoint: endpoint, retries: Self.retries),
            [Self.trigger(1), Self.trigger(2)]
        )
        #expect(reports.map(\.outcome) == [.acknowledged, .acknowledged])
        #expect(reports[0].attempts > 1 && reports[0].detail.contains("\"ok\""))
        let texts = try JSONDecoder().decode([String].self, from: received())
        let ids = try texts.map { try PlainJSON.decode(TriggerMessage.self, from: Data($0.utf8)).triggerID }
        #expect(ids == ["wave-67a4361dc5f9-000001", "wave-67a4361dc5f9-000001", "wave-67a4361dc5f9-000002"])
    }

    @Test func aPeerThatIsAbsentIsAFailureAfterAllAttempts() throws {
        let retries = TriggerAction.Retries(timeoutMilliseconds: 20, attempts: 3)
        let reports = try Self.reports(
            of: .request(endpoint: try Self.freeEndpoint(), retries: retries),
            [Self.trigger()]
        )
        #expect(reports.map(\.outcome) == [.failed])
        #expect(reports[0].attempts == 3 && reports[0].detail == "no answer within 20 ms")
    }

    /// The peer is pyzmq with its own authenticator.
    @Test func aPeerThatDemandsKeysIsReachedWithOneThatItKnowsAlone() throws {
        let folder = try TemporaryFolder()
        let stage = KeyFolder(path: folder.path("stage"))
        for name in [KeyFolder.ownName, "rig"] { _ = try stage.make(name: name) }
        let stranger = KeyFolder(path: folder.path("stranger"))
        _ = try stranger.make(name: KeyFolder.ownName)
        let endpoint = try Self.freeEndpoint()
        let ownPath = stage.url.appending(path: KeyFolder.ownName).path
        let allowed = stage.url.appending(path: "allowed").path
        let (_, received) = try Self.peer("rep", endpoint, "1", "0", "\(ownPath).key_secret", allowed)
        func outcome(secret: URL, server: String) throws -> TriggerActionMessage.Outcome? {
            let keys = TriggerAction.KeyPaths(secret: secret.path, server: server)
            let retries = TriggerAction.Retries(timeoutMilliseconds: 500, attempts: 2)
            return try Self.reports(of: .request(endpoint: endpoint, keys: keys, retries: retries), [Self.trigger()])
                .first?.outcome
        }
        let strangersSecret = stranger.url.appending(path: "\(KeyFolder.ownName).key_secret")
        let secret = stage.url.appending(path: "rig.key_secret")
        #expect(try outcome(secret: strangersSecret, server: "\(ownPath).key") == .failed)
        let strangersPublic = stranger.url.appending(path: "\(KeyFolder.ownName).key").path
        #expect(try outcome(secret: secret, server: strangersPublic) == .failed)
        let unprotected = TriggerAction.request(
            endpoint: endpoint,
            retries: .init(timeoutMilliseconds: 300, attempts: 1)
        )
        #expect(try Self.reports(of: unprotected, [Self.trigger()]).map(\.outcome) == [.failed])
        #expect(try outcome(secret: secret, server: "\(ownPath).key") == .acknowledged)
        #expect(try JSONDecoder().decode([String].self, from: received()).count == 1, "nothing else reached the peer")
    }

    @Test func keysThatCannotBeUsedAreSaidBeforeAnythingFires() throws {
        let keys = TriggerAction.KeyPaths(secret: "/nowhere/rig.key_secret", server: "/nowhere/stage.key")
        let action = TriggerAction.request(endpoint: "tcp://127.0.0.1:1", keys: keys, retries: Self.retries)
        #expect(throws: KeyError.self) { try Self.reports(of: action, []) }
    }

    /// A board played by Python on the other end of a pseudo-terminal: it swallows the first line, answers the second.
    @Test func aBoardAtASerialPortIsAskedUntilItAnswers() throws {
        let folder = try TemporaryFolder()
        let (_, received) = try Self.peer("serial", folder.path("tty"), "2", "1")
        let retries = TriggerAction.Retries(timeoutMilliseconds: 1000, attempts: 3)
        func action(_ text: String, expect: String?) -> TriggerAction {
            .serial(device: folder.path("tty"), baud: 115_200, send: text, expect: expect, retries: retries)
        }
        let asked = try Self.reports(of: action("W", expect: "OK"), [Self.trigger()])
        #expect(asked.map(\.outcome) == [.acknowledged])
        #expect(asked[0].attempts == 2 && asked[0].detail == "OK W")
        let told = try Self.reports(of: action("V", expect: nil), [Self.trigger()])
        #expect(told.map(\.outcome) == [.acknowledged] && told[0].attempts == 1)
        #expect(try JSONDecoder().decode([String].self, from: received()) == ["W", "W", "V"])
    }

    @Test func aBoardThatIsAbsentOrSaysSomethingElseIsAFailure() throws {
        let folder = try TemporaryFolder()
        let retries = TriggerAction.Retries(timeoutMilliseconds: 300, attempts: 2)
        func action(_ name: String) -> TriggerAction {
            .serial(device: folder.path(name), baud: 9600, send: "W", expect: "YES", retries: retries)
        }
        let absent = try Self.reports(of: action("none"), [Self.trigger()])
        #expect(absent.map(\.outcome) == [.failed] && absent[0].detail.contains("cannot be opened"))
        try Data().write(to: folder.url.appending(path: "file"))
        let file = try Self.reports(of: action("file"), [Self.trigger()])
        #expect(file[0].detail.contains("no serial port"))
        let (_, received) = try Self.peer("serial", folder.path("tty"), "2", "0")
        let other = try Self.reports(of: action("tty"), [Self.trigger()])
        #expect(other.map(\.outcome) == [.failed] && other[0].detail == "answered 'OK W', not 'YES'")
        _ = try received()
    }

    @Test func openEphysGetsAPulse() throws {
        let endpoint = try Self.freeEndpoint()
        let (_, received) = try Self.peer("rep", endpoint, "2", "0")
        let reports = try Self.reports(
            of: .openEphys(endpoint: endpoint, line: 3, pulseMilliseconds: 5, retries: Self.retries),
            [Self.trigger()]
        )
        #expect(reports.map(\.outcome) == [.acknowledged])
        #expect(
            try JSONDecoder().decode([String].self, from: received()) == ["TTL Line=3 State=1", "TTL Line=3 State=0"]
        )
    }

    /// The peer takes one request and is gone: nobody knows whether the line ever fell.
    @Test func aLineThatMayStillBeHighIsReported() throws {
        let endpoint = try Self.freeEndpoint()
        let (_, received) = try Self.peer("rep", endpoint, "1", "0")
        let retries = TriggerAction.Retries(timeoutMilliseconds: 500, attempts: 1)
        let reports = try Self.reports(
            of: .openEphys(endpoint: endpoint, line: 3, pulseMilliseconds: 5, retries: retries),
            [Self.trigger()]
        )
        #expect(try JSONDecoder().decode([String].self, from: received()) == ["TTL Line=3 State=1"])
        #expect(reports.map(\.outcome) == [.acknowledged, .failed])
        #expect(reports.last?.detail.hasPrefix("the line may still be high") == true)
    }

    @Test func aWebServerGetsTheTriggerAndItsIdentifier() throws {
        struct Post: Decodable {
            struct Body: Decodable { var trigger_id: String }
            var path: String
            var id: String
            var body: Body
        }
        let port = try #require(try Self.freeEndpoint().split(separator: ":").last)
        let (_, received) = try Self.peer("http", String(port), "1", "1")
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/wave"))
        let reports = try Self.reports(of: .http(url: url, retries: Self.retries), [Self.trigger()])
        #expect(reports.map(\.outcome) == [.acknowledged])
        #expect(reports[0].attempts == 2 && reports[0].detail == "status 204")
        let posts = try JSONDecoder().decode([Post].self, from: received())
        #expect(posts.map(\.path) == ["/wave", "/wave"])
        #expect(posts.map(\.id) == ["wave-67a4361dc5f9-000001", "wave-67a4361dc5f9-000001"])
        #expect(posts.map(\.body.trigger_id) == posts.map(\.id))
    }

    @Test func aWebServerThatIsAbsentIsAFailure() throws {
        let port = try #require(try Self.freeEndpoint().split(separator: ":").last)
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/"))
        let retries = TriggerAction.Retries(timeoutMilliseconds: 500, attempts: 2)
        let reports = try Self.reports(of: .http(url: url, retries: retries), [Self.trigger()])
        #expect(reports.map(\.outcome) == [.failed])
        #expect(reports[0].attempts == 2)
    }

    @Test func aProgramGetsTheTriggerInItsEnvironment() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("trigger.json")
        let script = "printf %s \"$SPARKWATCH_TRIGGER\" > \(path)"
        let reports = try Self.reports(
            of: .command(program: "/bin/sh", arguments: ["-c", script], timeoutMilliseconds: 60_000),
            [Self.trigger()]
        )
        #expect(reports.map(\.outcome) == [.acknowledged])
        let written = try PlainJSON.decode(TriggerMessage.self, from: Data(contentsOf: URL(filePath: path)))
        #expect(written == Self.trigger())
    }

    @Test func aProgramThatFailsOrHangsIsAFailure() throws {
        let failing = try Self.reports(
            of: .command(program: "/bin/sh", arguments: ["-c", "exit 3"], timeoutMilliseconds: 60_000),
            [Self.trigger()]
        )
        #expect(failing.map(\.outcome) == [.failed] && failing[0].detail == "exit status 3")
        let hanging = try Self.reports(
            of: .command(program: "/bin/sleep", arguments: ["600"], timeoutMilliseconds: 100),
            [Self.trigger()]
        )
        #expect(hanging.map(\.outcome) == [.failed] && hanging[0].detail == "killed after 100 ms")
    }

    /// While the first trigger is being worked on, others wait, but not without a limit; nobody waits for that.
    @Test func triggersThatFindNoRoomAreReportedAsDropped() throws {
        let reports = try Self.reports(
            of: .command(program: "/bin/sleep", arguments: ["0.2"], timeoutMilliseconds: 60_000),
            (1...40).map(Self.trigger)
        )
        #expect(reports.count == 40)
        let dropped = reports.count { $0.outcome == .dropped }
        #expect((1...24).contains(dropped), "one at work, 16 waiting, unless the machine is slow")
        #expect(reports.count { $0.outcome == .acknowledged } == 40 - dropped)
    }
}
