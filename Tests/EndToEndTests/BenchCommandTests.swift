import Foundation
import Imaging
import Movies
import Samples
import TestSupport
import Testing
import UNet

/// `sparkwatch bench` as a user calls it, on a small network.
@Suite struct BenchCommandTests {
    private static let weights = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors")

    private func bench(
        _ arguments: [String],
        in folder: borrowing TemporaryFolder,
        preparation: String? = nil
    ) throws -> (output: String, errors: String, status: Int32) {
        let all = ["bench", "--model", Self.weights.path, "--threads", "2"] + arguments
        let process = try RunningProcess.product("sparkwatch", all, in: folder.url, preparation: preparation)
        let status = try process.wait(seconds: 120)
        return (process.output, process.errors, status)
    }

    private func object(_ arguments: String...) throws -> [String: Any] {
        let result = try bench(arguments + ["--json"], in: TemporaryFolder())
        #expect(result.status == 0, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    private func list(_ arguments: String...) throws -> [[String: Any]] {
        let result = try bench(arguments + ["--json"], in: TemporaryFolder())
        #expect(result.status == 0, "\(result.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    }

    @Test func reportAddsUp() throws {
        let report = try object("--strides", "3", "--height", "16", "--width", "32", "--isa", "portable")
        let expected: [String: String] = ["isa": "portable", "algorithm": "auto", "work": "events"]
        for (key, value) in expected { #expect(report[key] as? String == value, "\(key)") }
        for (key, value) in ["threads": 2, "strides": 3, "frame_height": 16, "frame_width": 32] {
            #expect(report[key] as? Int == value, "\(key)")
        }
        for key in ["fma_peak_gflops", "percent_of_fma_peak", "real_time_factor", "peak_memory_mb"] {
            #expect(try #require(report[key] as? Double) > 0, "\(key)")
        }
        let milliseconds = try #require(report["stride_ms"] as? Double)
        let realTime = try #require(report["real_time_factor"] as? Double)
        #expect(abs(realTime * milliseconds - 32 * 6.8) < 0.01 * (realTime + milliseconds))
        #expect(try #require(report["stride_p95_ms"] as? Double) >= milliseconds)

        let table = try #require(report["table"] as? [[String: Any]])
        func operations(_ kind: String) -> Double {
            table.filter { $0["kind"] as? String == kind }.reduce(0) { $0 + ($1["gflop"] as? Double ?? 0) }
        }
        let total = try #require(report["gflop_per_stride"] as? Double)
        #expect(abs(operations("layer") - total) < 0.003)
        #expect(abs(operations("stage") - total) < 0.001)
        #expect(table.count { $0["kind"] as? String == "layer" } == 3 * 7)
        let stages = table.filter { $0["kind"] as? String == "stage" }.map { $0["name"] as? String }
        #expect(
            stages == [
                "stabilisation", "as frames arrive", "network", "labels", "instances", "events", "provisional",
                "early, side output",
            ]
        )
    }

    /// Of the whole window all operations are done, of a stride much less than half of them.
    @Test func wholeWindowCostsMore() throws {
        let stride = try object("--strides", "1", "--height", "16", "--width", "32", "--network-only")
        let window = try object("--strides", "1", "--height", "16", "--width", "32", "--whole-window")
        let shape = try Model.load(from: Self.weights).shape
        let size = FrameSize(height: 16, width: 32)
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: shape.steps)
        let whole = planner.next(shift: nil, wanted: [0..<256]).operationCount(shape: shape, size: size)
        planner.restart()
        _ = planner.next(shift: nil, wanted: [0..<144])
        // Two strides warm up; then every one costs the same.
        let plans = (0..<3).map { _ in planner.next(shift: 32, wanted: [112..<144]) }
        let next = plans[2].operationCount(shape: shape, size: size)
        #expect(abs(try #require(window["gflop_per_stride"] as? Double) - Double(whole) / 1e9) < 1e-3)
        #expect(abs(try #require(stride["gflop_per_stride"] as? Double) - Double(next) / 1e9) < 1e-3)
        #expect(window["work"] as? String == "whole window")
    }

    @Test func sweepsListEveryConfiguration() throws {
        let sizes = try list("--strides", "1", "--sizes", "8x16", "24x16", "--algorithm", "direct")
        #expect(sizes.map { $0["frame_height"] as? Int } == [8, 24])
        #expect(sizes.allSatisfy { $0["algorithm"] as? String == "direct" && $0["peak_memory_mb"] is Double })
        let threads = try list("--strides", "2", "--thread-sweep", "--height", "8", "--width", "16")
        #expect(threads.map { $0["threads"] as? Int } == [1, 2])
        #expect(threads[0]["parallel_efficiency_percent"] as? Double == 100)
        #expect(try #require(threads[1]["parallel_efficiency_percent"] as? Double) > 0)
    }

    @Test func tableNamesLayersAndStages() throws {
        let result = try bench(["--strides", "1", "--height", "8", "--width", "16"], in: TemporaryFolder())
        #expect(result.status == 0, "\(result.errors)")
        for text in ["decoder 0 convolution 1", "% of FMA peak", "whole stride", "p50, p95, p99", "real-time factor"] {
            #expect(result.output.contains(text), "\(result.output)")
        }
    }

    /// The third stride is the first behind those that warm up; its window starts at frame 96.
    @Test func probabilitiesAreThoseOfWholeWindows() throws {
        let folder = try TemporaryFolder()
        let (movie, output) = (folder.path("movie.tif"), folder.path("probabilities.safetensors"))
        let write = """
            import sys, numpy, tifffile
            frames = numpy.random.default_rng(3).integers(300, 9000, (400, 9, 20))
            tifffile.imwrite(sys.argv[1], frames.astype('uint16'), photometric='minisblack')
            """
        try Python.run(script: write, arguments: [movie])
        let arguments = ["--strides", "2", "--movie", movie, "--probabilities", output, "--algorithm", "direct"]
        let result = try bench(arguments, in: folder)
        #expect(result.status == 0, "\(result.errors)")

        let file = try SafetensorsFile(contentsOf: URL(filePath: output))
        #expect(file.metadata["first_frame"] == "208")
        #expect(file.tensor(named: "probabilities")?.shape == [4, 64, 9, 20])
        let found = try file.values(of: "probabilities")

        let recording = try TIFFMovie(path: movie)
        let counts = try recording.counts(frames: 0..<400)
        let frame = recording.size.pixelCount
        let dark = try #require(counts[..<(256 * frame)].min())
        let network = try SlidingUNet(
            model: try Model.load(from: Self.weights),
            frameSize: recording.size,
            threads: 1,
            algorithm: .direct
        )
        for window in 0..<2 {
            let start = 96 + 32 * window
            let frames = counts[start * frame..<(start + 256) * frame].map { ($0 - dark) / (65535 - dark) }
            network.restart()
            let expected = try frames.withUnsafeBufferPointer { try network.advance(by: $0, wanted: [112..<144]) }
            for channel in NetworkClass.allCases {
                let first = (channel.rawValue * 64 + window * 32) * frame
                #expect(expected.channel(channel).elementsEqual(found[first..<first + 32 * frame]), "\(channel)")
            }
        }
    }

    /// Under a cap everything is as on a processor that has no more.
    @Test(arguments: [
        (["--print", "isa"], "portable", ""), (["--isa", "avx2"], "", "no more than portable"),
        (["--algorithm", "bf16"], "", "needs the instructions AVX512_BF16, which are missing or not allowed here"),
    ])
    func environmentCapsTheProcessor(arguments: [String], output: String, error: String) throws {
        let small = ["--strides", "1", "--height", "8", "--width", "16"]
        let result = try bench(small + arguments, in: TemporaryFolder(), preparation: "export SPARKWATCH_ISA=portable")
        #expect(result.output.trimmingCharacters(in: .whitespacesAndNewlines) == output)
        #expect((result.status == 0) == error.isEmpty)
        #expect(error.isEmpty || result.errors.contains(error), "\(result.errors)")
    }

    @Test(arguments: [
        (["--strides", "0"], "--strides is 0"), (["--isa", "mmx"], "'mmx' is invalid"),
        (["--movie", "a.tif", "--width", "9"], "--movie has frames of its own size"),
        (["--sizes", "8x8", "--thread-sweep"], "--sizes goes without"), (["--sizes", "8"], "'8' is invalid"),
        (["--print", "nothing"], "no key 'nothing'"), (["--movie", "missing.tif"], "missing.tif"),
        (["--sizes", "5000x512"], "the height in --sizes is 5000"),
        (["--provisional", "waves", "--network-only"], "--provisional goes without"),
        (["--probabilities", "/proc/none/x.safetensors"], "cannot make the folder /proc/none"),
    ])
    func saysWhatIsWrong(arguments: [String], message: String) throws {
        let result = try bench(arguments, in: TemporaryFolder())
        #expect(result.status != 0)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
    }
}
