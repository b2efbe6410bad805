import Foundation
import Samples
import TestSupport
import Testing

/// Who gets in with which key; the peers are pyzmq and the package's own programs, each a process.
@Suite("Keys of a live run", .serialized)
final class KeyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Result: Decodable, Equatable {
        let heard: Bool
        let answered: Bool
    }

    @discardableResult
    private func sparkwatch(_ arguments: [String]) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", arguments, in: folder.url)
        try process.wait(seconds: 60)
        return process
    }

    /// Makes the keys of a detector and of clients, in `keys`.
    private func makeKeys(clients: String...) throws {
        for name in [[]] + clients.map({ [$0] }) {
            let made = try sparkwatch(["keys", "make"] + name + ["--keys", "keys"])
            #expect(made.process.terminationStatus == 0, "\(made.errors)")
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.path(path))[.posixPermissions] as? Int
    }

    @Test("Keys are made, listed, allowed and revoked; secrets are for their owner alone and never written over")
    func makingAndListing() throws {
        try makeKeys(clients: "laptop", "rig")
        for name in ["sparkwatch", "laptop", "rig"] { #expect(try mode("keys/\(name).key_secret") == 0o600) }
        #expect(try mode("keys/sparkwatch.key") == 0o644)
        let list = try sparkwatch(["keys", "list", "--keys", "keys"]).output
        #expect(list.split(separator: "\n").map { $0.split(separator: "\t")[0] } == ["sparkwatch", "laptop", "rig"])
        let secret = try String(contentsOfFile: folder.path("keys/laptop.key_secret"), encoding: .utf8)
        let again = try sparkwatch(["keys", "make", "laptop", "--keys", "keys"])
        #expect(again.process.terminationStatus == 1 && again.errors.contains("is there already"))
        #expect(try String(contentsOfFile: folder.path("keys/laptop.key_secret"), encoding: .utf8) == secret)

        let theirs = """
            import sys, zmq.auth
            zmq.auth.create_certificates(sys.argv[1], "guest")
            """
        try Python.run(script: theirs, arguments: [folder.url.path])
        #expect(try sparkwatch(["keys", "allow", "guest.key", "--keys", "keys"]).process.terminationStatus == 0)
        #expect(try sparkwatch(["keys", "list", "--keys", "keys"]).output.contains("guest\t"))
        #expect(try sparkwatch(["keys", "revoke", "guest", "--keys", "keys"]).process.terminationStatus == 0)
        #expect(try !sparkwatch(["keys", "list", "--keys", "keys"]).output.contains("guest\t"))
        for (arguments, complaint) in [
            (["revoke", "guest"], "no key with the name 'guest'"), (["make", "../x"], "cannot name a key"),
            (["allow", "nowhere.key"], "cannot be read"), (["allow", "keys"], "cannot be read"),
        ] {
            let refused = try sparkwatch(["keys"] + arguments + ["--keys", "keys"])
            #expect(refused.process.terminationStatus == 1 && refused.errors.contains(complaint), "\(refused.errors)")
        }
    }

    @Test("NULL, PLAIN, unknown, stolen and wrong keys get nothing and are counted; allowed ones hear and are answered")
    func strangersAreTurnedAway() throws {
        try makeKeys(clients: "laptop", "stranger")
        try sparkwatch(["keys", "revoke", "stranger", "--keys", "keys"])
        let run = try LiveRun(
            in: folder.url,
            key: (folder.path("keys/laptop.key_secret"), folder.path("keys/sparkwatch.key"))
        )
        let marks = "tcp://127.0.0.1:\(try freePort())"
        let detector = try run.startDetector(
            seriesCount: 0,
            ConnectionTests.small + ["--keys", folder.path("keys"), "--page", "--page-port", "0", "--marks", marks]
        )
        let results = try Python.json(
            [String: Result].self,
            from: "try_keys.py",
            run.eventsEndpoint,
            marks,
            folder.path("keys/sparkwatch.key"),
            folder.path("keys/laptop.key_secret"),
            folder.path("keys/stranger.key_secret")
        )
        let (nothing, everything) = (Result(heard: false, answered: false), Result(heard: true, answered: true))
        for way in ["null", "plain", "unknown", "wrong_server", "stolen", "as_server"] {
            #expect(results[way] == nothing, "\(way)")
        }
        #expect(results["allowed"] == everything && results["allowed_again"] == everything)
        Thread.sleep(forTimeInterval: 1.5)
        let messages = try run.messagesSoFar()
        #expect(messages.contains { $0.topic == "mark" })
        let refused = try #require(messages.last { $0.topic == "hb" }?.connections_refused)
        for endpoint in ["events", "marks"] {
            for reason in ["without_key", "unknown_key"] {
                #expect((refused["\(endpoint).\(reason)"] ?? 0) > 0, "\(refused)")
            }
        }
        #expect(messages.contains { $0.code == "connection_refused" })
        #expect(detector.errors.contains("2 clients allowed") == false && detector.errors.contains("1 clients allowed"))
    }

    @Test(
        "Frames come from a sender with a key, whichever side listens, and from nobody else",
        arguments: [true, false]
    )
    func framesWithKeys(detectorListens: Bool) throws {
        try makeKeys(clients: "laptop", "microscope")
        let movie = try LiveEqualsFileTests.recording(in: folder, frameCount: 300, width: 64)
        let run = try LiveRun(
            in: folder.url,
            key: (folder.path("keys/laptop.key_secret"), folder.path("keys/sparkwatch.key"))
        )
        // A microscope that listens has keys of its own, by which the detector knows it and the other way round.
        let theirs = ["--keys", folder.path("their-keys")]
        for arguments in [["make"], ["allow", "keys/sparkwatch.key"]] {
            #expect(try sparkwatch(["keys"] + arguments + theirs).process.terminationStatus == 0)
        }
        let keys = ["--keys", folder.path("keys"), "--require-key"]
        try run.startDetector(
            ConnectionTests.small + keys
                + (detectorListens ? ["--bind-frames"] : ["--frames-key", folder.path("their-keys/sparkwatch.key")])
        )
        let stranger = try RunningProcess.product(
            "sparksim",
            ["play", movie.path, detectorListens ? "--connect" : "--bind", run.framesEndpoint, "--wait-for-subscriber"]
                + ["--wait", "3"],
            in: folder.url
        )
        #expect(try stranger.wait(seconds: 60) != 0, "nobody subscribes to a stranger")
        let pair = [
            "--key", folder.path("keys/microscope.key_secret"), "--server-key", folder.path("keys/sparkwatch.key"),
        ]
        let sender = try RunningProcess.product(
            "sparksim",
            ["play", movie.path, "--wait-for-subscriber", "--wait", "60"]
                + (detectorListens
                    ? ["--connect", run.framesEndpoint] + pair : ["--bind", run.framesEndpoint] + theirs),
            in: folder.url
        )
        let messages = try run.messages()
        #expect(try sender.wait(seconds: 60) == 0, "\(sender.errors)")
        let end = try #require(messages.last { $0.topic == "series.end" })
        #expect(end.frames_received == 300 && end.missing_transport == 0)
        if detectorListens { #expect(run.detector?.errors.contains("frames: somebody without a key") == true) }
    }

    @Test("Beyond this computer nothing listens without a key, unless that is wanted and said")
    func beyondThisComputer() throws {
        try makeKeys()
        let open = ConnectionTests.small + ["--no-page", "--events", "tcp://0.0.0.0:*"]
        let refused = try sparkwatch(["live"] + open)
        #expect(refused.process.terminationStatus == 64)
        #expect(refused.errors.contains("Other computers can reach events on tcp://0.0.0.0:* without a key"))
        let frames = try sparkwatch(["live", "--keys", "keys", "--bind-frames", "--frames", "tcp://*:*"] + open)
        #expect(frames.errors.contains("Other computers can reach frames on tcp://*:*"), "\(frames.errors)")
        let others = try sparkwatch(["live", "--require-key"] + ConnectionTests.small)
        #expect(others.errors.contains("--require-key and --frames-key need keys"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640],
            ofItemAtPath: folder.path("keys/sparkwatch.key_secret")
        )
        let readable = try sparkwatch(["live", "--keys", "keys"] + ConnectionTests.small)
        #expect(readable.errors.contains("chmod 600"), "\(readable.errors)")

        let run = try LiveRun(in: folder.url)
        let port = run.eventsEndpoint.split(separator: ":").last ?? ""
        let detector = try run.startDetector(
            seriesCount: 0,
            ConnectionTests.small + ["--without-key", "--events", "tcp://0.0.0.0:\(port)"]
        )
        Thread.sleep(forTimeInterval: 1.5)
        _ = try run.messagesSoFar()
        #expect(detector.errors.contains("without a key: other computers can reach events on tcp://0.0.0.0:\(port)"))
        #expect(try run.journal().contains { $0.code == "without_key" })
    }
}
