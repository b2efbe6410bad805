import CKernels
import Foundation
import Imaging
import Movies
import TestSupport
import Testing
import UNet

@Suite("The executor against PyTorch and the reference network")
struct WholeWindowTests {
    @Test(arguments: availableISAs, [ConvolutionAlgorithm.auto, .direct, .winograd, .gemm])
    func agreesWithPyTorch(isa: CKernelsISA, algorithm: ConvolutionAlgorithm) throws {
        let folder = PackagePaths.fixtures.appending(path: "unet_tiny")
        let model = try Model.load(from: folder.appending(path: "weights.safetensors"))
        let input = try SafetensorsFile(contentsOf: folder.appending(path: "input.safetensors")).values(of: "input")
        let expected = try SafetensorsFile(contentsOf: folder.appending(path: "expected.safetensors"))
            .values(of: "probabilities")
        for threads in 1...3 {
            let network = try SlidingUNet(
                model: model,
                frameSize: FrameSize(height: 16, width: 32),
                window: 32,
                threads: threads,
                algorithm: algorithm,
                isa: isa
            )
            let result = try network.advance(by: input, wanted: [0..<32])
            #expect(largestDifference(result[0].joined(), expected) < 5e-5, "\(threads) threads")
        }
    }

    /// Frames that are no multiple of a coarsest cell, channels that are no power of 2, levels of both layouts.
    @Test(arguments: availableISAs, [(1, 2), (2, 3), (2, 16), (1, 24), (3, 8)])
    func agreesWithTheReference(isa: CKernelsISA, network: (steps: Int, channels: Int)) throws {
        let shape = UNetShape(steps: network.steps, firstLayerChannels: network.channels)
        let model = Model.random(shape, seed: UInt64(network.channels))
        let movie = TestMovie(frames: 8, size: FrameSize(height: 5, width: 11), seed: 7)
        let wanted = [0..<8, 3..<5, 4..<8]
        let expected = ReferenceUNet(model: model).probabilities(of: movie.values, size: movie.size).values
        let frame = movie.size.pixelCount
        for algorithm in [ConvolutionAlgorithm.direct, .winograd] {
            let executor = try SlidingUNet(
                model: model,
                frameSize: movie.size,
                window: 8,
                threads: 2,
                algorithm: algorithm,
                isa: isa
            )
            let result = try executor.advance(by: movie.values, wanted: wanted)
            for (range, values) in zip(wanted, result) {
                for (index, channel) in values.enumerated() {
                    let start = (index * 8 + range.lowerBound) * frame
                    let part = expected[start..<start + range.count * frame]
                    #expect(largestDifference(channel, part) < 2e-5, "\(algorithm)")
                }
            }
        }
    }

    @Test func saysWhatIsWrongWithFrames() throws {
        let model = Model.random(UNetShape(steps: 1, firstLayerChannels: 2), seed: 1)
        let size = FrameSize(height: 2, width: 3)
        let network = try SlidingUNet(model: model, frameSize: size, window: 4, threads: 1)
        for count in [0, 6, 23, 25, 30] {
            #expect(throws: UNetError.self) { try network.advance(by: [Float](repeating: 0, count: count), wanted: []) }
        }
        _ = try network.advance(by: [Float](repeating: 0, count: 24), wanted: [0..<4])
        for count in [0, 5, 30] {
            #expect(throws: UNetError.self) { try network.advance(by: [Float](repeating: 0, count: count), wanted: []) }
        }
        #expect(throws: UNetError.self) {
            try SlidingUNet(model: model, frameSize: size, window: 5, threads: 1)
        }
        let twoInputs = Model.random(UNetShape(steps: 1, firstLayerChannels: 2, inputChannels: 2), seed: 1)
        #expect(throws: UNetError.self) {
            try SlidingUNet(model: twoInputs, frameSize: size, window: 4, threads: 1)
        }
    }
}

@Suite("Movies in windows against the published pipeline", .enabled(if: PackagePaths.exists(PaperNetwork.folder)))
struct PaperNetworkTests {
    @Test(arguments: [352, 341], [ConvolutionAlgorithm.direct, .winograd])
    func overlappingWindows(frameCount: Int, algorithm: ConvolutionAlgorithm) throws {
        let paper = try PaperNetwork(frameCount: frameCount)
        let schedule = WindowSchedule(frameCount: frameCount)
        let network = try SlidingUNet(
            model: paper.model,
            frameSize: paper.movie.size,
            threads: 2,
            algorithm: algorithm
        )
        var result = [[Float]](repeating: [], count: 4)
        for window in 0..<schedule.windowCount {
            let kept = schedule.keptFrames(ofWindow: window)
            let values = try network.advance(
                by: paper.paddedMovie(schedule)[schedule.newFrames(ofWindow: window)],
                wanted: [kept]
            )
            for (channel, frames) in values[0].enumerated() { result[channel] += frames }
        }
        try paper.expect(result, schedule: schedule, matches: "expected_overlap_\(frameCount)")
    }

    @Test func averagedWindows() throws {
        let paper = try PaperNetwork(frameCount: 341)
        let schedule = WindowSchedule(frameCount: 341)
        let network = try SlidingUNet(model: paper.model, frameSize: paper.movie.size, threads: 2)
        let frame = paper.movie.size.pixelCount
        var sums = [[Float]](repeating: Array(repeating: 0, count: schedule.paddedFrameCount * frame), count: 4)
        var counts = [Float](repeating: 0, count: schedule.paddedFrameCount)
        for window in 0..<schedule.windowCount {
            let new = schedule.newFrames(ofWindow: window)
            let values = try network.advance(by: paper.paddedMovie(schedule)[new], wanted: [0..<256])
            let start = new.upperBound - 256
            for t in start..<start + 256 { counts[t] += 1 }
            for (channel, frames) in values[0].enumerated() {
                for (index, value) in frames.enumerated() { sums[channel][start * frame + index] += value }
            }
        }
        let means = sums.map { sum in sum.enumerated().map { $1 / counts[$0 / frame] } }
        try paper.expect(means, schedule: schedule, matches: "expected_average_341")
    }
}

/// The fixture with the published number of levels.
struct PaperNetwork {
    static let folder = PackagePaths.sharedFixtures.appending(path: "unet_paper")

    let model: Model
    /// Normalised.
    let movie: TestMovie

    init(frameCount: Int) throws {
        model = try Model.load(from: Self.folder.appending(path: "weights.safetensors"))
        let file = try TIFFMovie(path: Self.folder.appending(path: "movie.tif").path)
        let counts = try file.counts(frames: 0..<frameCount)
        let smallest = try #require(counts.min())
        movie = TestMovie(size: file.size, values: counts.map { ($0 - smallest) / (65535 - smallest) })
    }

    func paddedMovie(_ schedule: WindowSchedule) -> TestMovie {
        let zeros = { [movie] count in [Float](repeating: 0, count: count * movie.size.pixelCount) }
        return TestMovie(
            size: movie.size,
            values: zeros(schedule.paddingBefore) + movie.values + zeros(schedule.paddingAfter)
        )
    }

    /// Compares probabilities `[class][padded frame][y][x]` with stored ones of every eighth row, sixteenth column.
    func expect(_ result: [[Float]], schedule: WindowSchedule, matches name: String) throws {
        let expected = try SafetensorsFile(contentsOf: Self.folder.appending(path: "\(name).safetensors"))
            .values(of: "probabilities")
        var index = 0
        var largest: Float = 0
        for channel in 0..<4 {
            for t in 0..<schedule.frameCount {
                for y in stride(from: 1, to: movie.size.height, by: 8) {
                    for x in stride(from: 2, to: movie.size.width, by: 16) {
                        let frame = (schedule.paddingBefore + t) * movie.size.height
                        largest = max(
                            largest,
                            abs(result[channel][(frame + y) * movie.size.width + x] - expected[index])
                        )
                        index += 1
                    }
                }
            }
        }
        #expect(index == expected.count)
        #expect(largest < 1e-3)
    }
}
