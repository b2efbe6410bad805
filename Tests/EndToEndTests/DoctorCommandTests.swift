import Foundation
import Samples
import Session
import TestSupport
import Testing

/// `sparkwatch doctor` on movies, folders and streams, and what `live` and `analyze` say by themselves.
@Suite(.serialized)
final class DoctorCommandTests {
    private let folder: TemporaryFolder
    private let movie: String

    private struct Report: Decodable, Equatable {
        struct Examination: Decodable, Equatable {
            struct Finding: Decodable, Equatable {
                let name: Check.Name
                let grade: Check.Grade
                let value: Double?
                let text: String
                let advice: String?
            }
            let verdict: Check.Grade
            let frames: Int
            let checks: [Finding]
        }
        let recording: String
        let examination: Examination
        let style: [String: Double]

        subscript(name: Check.Name) -> Examination.Finding? { examination.checks.first { $0.name == name } }
    }

    /// The simulated recordings that the default model is like, of 0.2 µm and 6.8 ms.
    init() throws {
        let folder = try TemporaryFolder()
        let synth = try RunningProcess.product(
            "sparksim",
            ["synth", "--output", folder.url.path, "--frames", "320", "--height", "48", "--width", "160"]
                + [
                    "--seed", "5", "--frame-interval", "6.8", "--events", "no-waves", "--snr", "4", "--shake",
                    "jitter-x=0",
                ],
            in: folder.url
        )
        #expect(try synth.wait(seconds: 240) == 0, "\(synth.errors)")
        movie = folder.path("01_video.tif")
        self.folder = folder
    }

    private func doctor(_ arguments: [String], status: Int32) throws -> RunningProcess {
        let process = try RunningProcess.product("sparkwatch", ["doctor"] + arguments, in: folder.url)
        #expect(try process.wait(seconds: 240) == status, "\(process.output) \(process.errors)")
        return process
    }

    private func reports(_ process: RunningProcess) throws -> [Report] {
        try process.output.split(separator: "\n").map { try JSONDecoder().decode(Report.self, from: Data($0.utf8)) }
    }

    /// Copies the recording with something done to its counts.
    private func plant(_ name: String, _ change: String) throws {
        try Python.run(
            script: """
                import os, sys, numpy, tifffile
                os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
                movie = tifffile.imread(sys.argv[1]).astype(float)
                exec(sys.argv[3])
                tifffile.imwrite(sys.argv[2], numpy.clip(numpy.rint(movie), 0, 65535).astype(numpy.uint16), imagej=True,
                                 resolution=(5, 5), metadata=dict(axes="TYX", unit="um", finterval=0.0068, tunit="sec"))
                """,
            arguments: [movie, folder.path(name), change]
        )
    }

    @Test func aSoundMovieIsCalledSoByEveryCheck() throws {
        let report = try #require(try reports(doctor([movie, "--json"], status: 0)).first)
        #expect(report.recording == movie && report.examination.frames == 320)
        #expect(report.examination.checks.map(\.name) == Check.Name.allCases)
        let loud = report.examination.checks.filter { $0.grade > .good }
        #expect(loud.isEmpty, "\(loud)")
        #expect(report[.pixelSize]?.value == 0.2 && report[.frameInterval]?.value == 6.8)
        let text = try doctor([movie, "--no-speed"], status: 0).output
        #expect(
            text.split(separator: "\n").count == Check.Name.allCases.count && text.hasPrefix("01: recording looks good")
        )
    }

    @Test func faultsOfAFolderAreFoundMovieByMovie() throws {
        try plant("day/a.tif", "pass")
        try plant(
            "day/b.tif",
            "movie = numpy.minimum((movie - movie.min()) * 65535 / numpy.quantile(movie, 0.99), 65535)"
        )
        try plant("day/night/c.tif", "movie[1::2] = movie[::2]; movie[100:106] = 0")
        let found = try reports(doctor(["day", "--json", "--no-speed"], status: 2))
        try #require(found.count == 3)
        #expect(zip(found, ["day/a.tif", "day/b.tif", "day/night/c.tif"]).allSatisfy { $0.recording.hasSuffix($1) })
        let loud = found.map { report in
            Set(report.examination.checks.filter { $0.grade >= .notice }.map(\.name))
        }
        #expect(loud[0].isEmpty && loud[1].contains(.saturation), "\(loud)")
        #expect(loud[2].isSuperset(of: [.repeatedFrames, .darkFrames]), "\(loud)")
        #expect(found.map(\.examination.verdict) == [.good, .bad, .bad])
        #expect(found[1][.saturation]?.advice != nil)

        try Data("no movie".utf8).write(to: folder.url.appending(path: "day/d.tif"))
        let mixed = try doctor(["day", "--no-speed"], status: 1)
        #expect(mixed.errors.contains("1 of 4 recordings cannot be examined") && mixed.output.contains("BAD"))
        let short = try doctor([movie, "--frames", "10"], status: 64)
        #expect(short.errors.contains("--frames is 10"))
    }

    @Test func aStreamIsExaminedLikeItsFile() throws {
        let file = try #require(
            try reports(doctor([movie, "--json", "--no-speed", "--frames", "300"], status: 0)).first
        )
        let endpoint = "tcp://127.0.0.1:\(try freePort())"
        let doctor = try RunningProcess.product(
            "sparkwatch",
            ["doctor", endpoint, "--json", "--no-speed", "--frames", "300"],
            in: folder.url
        )
        let player = try RunningProcess.product(
            "sparksim",
            ["play", movie, "--bind", endpoint, "--wait-for-subscriber", "--wait", "60"],
            in: folder.url
        )
        #expect(try doctor.wait(seconds: 120) < 3, "\(doctor.errors)")
        #expect(try player.wait(seconds: 60) == 0, "\(player.errors)")
        let stream = try #require(try reports(doctor).first)
        #expect(stream.recording == endpoint && stream.style == file.style)
        // A header states what pixels and frames mean otherwise than a file; frames come when the computer finds time.
        for check in file.examination.checks where ![.pixelSize, .frameInterval].contains(check.name) {
            #expect(stream[check.name] == check)
        }
        #expect(stream[.pixelSize]?.value == 0.2 && stream[.frameInterval]?.value == 6.8)
        let silent = try self.doctor([endpoint, "--wait-s", "0.3"], status: 1)
        #expect(silent.errors.contains("no frame came from \(endpoint) within 0.3 s"))
    }

    @Test func runsExamineByThemselves() throws {
        try plant(
            "faulty.tif",
            "movie = numpy.minimum((movie - movie.min()) * 65535 / numpy.quantile(movie, 0.99), 65535)"
        )
        let analysis = try AnalyzeRun(["faulty.tif", "--threshold", "0.2", "--report", "-o", "."], in: folder.url)
        #expect(analysis.status == 0 && analysis.errors.contains("saturation: "), "\(analysis.errors)")
        struct Record: Decodable { let examination: Report.Examination }
        let path = folder.url.appending(path: "faulty_run.json")
        let record = try JSONDecoder().decode(Record.self, from: Data(contentsOf: path)).examination
        #expect(record.verdict == .bad && record.frames == 320 && record.checks.count == Check.Name.allCases.count - 1)

        let run = try LiveRun(in: folder.url)
        let detector = try run.startDetector(
            ["--model", AnalyzeRun.weights, "--threshold", "0.2", "--frame-size", "48x160"]
        )
        let player = try run.play(folder.url.appending(path: "faulty.tif"))
        let messages = try run.messages()
        try player.wait(seconds: 60)
        #expect(messages.count { $0.topic == "examination" } == 1)
        #expect(
            detector.errors.contains("recording is not good") && detector.errors.contains("less laser power or gain")
        )
        #expect(try run.journal().count { $0.topic == "examination" } == 1)
        let journal = try RunningProcess.product("sparkwatch", ["journal", try run.journalPath()], in: folder.url)
        #expect(try journal.wait(seconds: 60) == 0 && journal.output.contains("recording is not good"))
    }
}
