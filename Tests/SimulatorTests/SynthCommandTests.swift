import Foundation
import TestSupport
import Testing
import sparksim

@Suite
struct SynthCommandTests {
    private struct Findings: Decodable {
        var shape: [Int]
        var types: [String]
        var finterval: Double
        var pixel: Double
        var problems: [String]
    }

    private static func synthesise(into folder: URL, _ arguments: [String]) throws -> RunningProgram {
        try RunningProgram.sparksim(["synth", "--output", folder.path] + arguments)
    }

    @Test(.timeLimit(.minutes(3)))
    func filesReadBackWithTifffileAndAgreeWithEachOther() throws {
        let folder = try TemporaryFolder()
        let program = try Self.synthesise(
            into: folder.url,
            ["--count", "5", "--first-number", "8", "--frames", "200", "--seed", "4", "--frame-interval", "6.5"]
        )
        #expect(program.wait() == 0)
        for prefix in ["08", "09", "10", "11", "12"] {
            let check = try RunningProgram.peer("check_recording.py", [folder.path(prefix)])
            #expect(check.wait() == 0, "\(check.standardError)")
            let findings = try JSONDecoder().decode(Findings.self, from: Data(check.standardOutput.utf8))
            #expect(findings.shape == [200, 64, 512])
            #expect(findings.types == ["uint16", "uint8", "uint16"])
            #expect(abs(findings.finterval - 0.0065) < 1e-12)
            #expect(abs(findings.pixel - 0.2) < 1e-9)
            #expect(findings.problems.isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func equalCommandsWriteEqualFiles() throws {
        let folder = try TemporaryFolder()
        let arguments = ["--frames", "60", "--width", "128", "--seed", "1"]
        let folders = ["first", "second"].map { folder.url.appending(path: $0) }
        for target in folders { #expect(try Self.synthesise(into: target, arguments).wait() == 0) }
        for name in ["01_video.tif", "01_class_label.tif", "01_event_label.tif", "01_events.json"] {
            let contents = try folders.map { try Data(contentsOf: $0.appending(path: name)) }
            #expect(contents[0] == contents[1], "\(name)")
            #expect(contents[0].count > 100)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func eventsAreThoseAskedFor() throws {
        struct Truth: Decodable {
            struct Style: Decodable {
                struct Wave: Decodable { var count: Int }
                var wave: Wave
            }
            var style: Style
            var events: [Event]
            struct Event: Decodable {}
        }
        let folder = try TemporaryFolder()
        for events in ["none", "waves", "no-waves"] {
            let target = folder.url.appending(path: events)
            let arguments = ["--count", "4", "--frames", "40", "--width", "64", "--events", events]
            #expect(try Self.synthesise(into: target, arguments).wait() == 0)
            for number in 1...4 {
                let data = try Data(contentsOf: target.appending(path: "0\(number)_events.json"))
                let truth = try JSONDecoder().decode(Truth.self, from: data)
                #expect((truth.style.wave.count > 0) == (events == "waves"))
                #expect(events != "none" || truth.events.isEmpty)
            }
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func recordingsOfOneLaboratoryShareAllButTheCell() throws {
        let folder = try TemporaryFolder()
        let small = ["--frames", "40", "--width", "64"]
        let first = folder.url.appending(path: "first")
        let unusual = ["--style", "unusual", "--pixel-size", "0.14", "--frame-interval", "5"]
        #expect(try Self.synthesise(into: first, small + unusual).wait() == 0)
        let model = first.appending(path: "01_events.json").path
        let others = folder.url.appending(path: "others")
        let like = ["--seed", "2", "--count", "2", "--like", model]
        #expect(try Self.synthesise(into: others, small + like).wait() == 0)
        let given = try SyntheticRecordingSummary.read(from: model)
        let made = try (1...2).map { number in
            try SyntheticRecordingSummary.read(from: others.appending(path: "0\(number)_events.json").path)
        }
        for other in made {
            var resembling = other.style
            resembling.cell = given.style.cell
            resembling.resting = given.style.resting
            #expect(resembling == given.style)
            #expect(other.style.resting != given.style.resting)
        }
        #expect(made[0].style.resting != made[1].style.resting)
    }

    @Test(arguments: [
        ["--like", "/nowhere/01_events.json"], ["--like", "/etc/hostname"], ["--like", "x.json", "--style", "unusual"],
        ["--height", "3"], ["--snr", "0"], ["--snr", "3", "--events", "none"],
        ["--count", "0"], ["--events", "some"], ["--frames", "-5"],
    ])
    func refusesImpossibleValues(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let program = try Self.synthesise(into: folder.url.appending(path: "out"), arguments)
        #expect(program.wait() != 0)
        let namesWhatIsWrong = arguments[0] == "--like" && arguments.count == 2 ? arguments[1] : arguments[0]
        #expect(program.standardError.contains(namesWhatIsWrong))
        #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    }
}
