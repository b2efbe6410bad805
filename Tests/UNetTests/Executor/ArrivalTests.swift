import AllocationCounter
import Imaging
import TestSupport
import Testing
import UNet

@Suite("Frames that come one by one")
struct ArrivalTests {
    private static let window = 64

    /// How a long recording goes on: frames from one window to the next, nil for a restart.
    private static func strides(frameCount: Int) -> [Int?] {
        let pattern = [16, 16, 16, 16, 32, 32, 16, 16, 8, 8, 16, 24, 16, 16, 5, 16, 16, 0, 16, 12, 12, 12, nil]
        var strides: [Int?] = [nil]
        var frames = window
        while frames < frameCount {
            let stride = pattern[strides.count % pattern.count]
            strides.append(stride)
            frames += stride ?? window
        }
        return strides
    }

    /// One network takes frame after frame and computes ahead what it can, another computes every window anew.
    @Test(arguments: [ConvolutionAlgorithm.direct, .winograd])
    func longRecordingEqualsWholeWindows(algorithm: ConvolutionAlgorithm) throws {
        let model = Model.random(UNetShape(steps: 3, firstLayerChannels: 4), seed: 21)
        let strides = Self.strides(frameCount: 1200)
        let frameCount = strides.reduce(0) { $0 + ($1 ?? Self.window) }
        let movie = TestMovie(frames: frameCount, size: FrameSize(height: 8, width: 20), seed: 22)
        func network(threads: Int) throws -> SlidingUNet {
            try SlidingUNet(
                model: model,
                frameSize: movie.size,
                window: Self.window,
                threads: threads,
                algorithm: algorithm
            )
        }
        let arriving = try network(threads: 2), whole = try network(threads: 1)
        var end = 0
        for (index, stride) in strides.enumerated() {
            if stride == nil { arriving.restart() }
            let wanted = index % 4 == 3 ? [24..<40, 46..<60] : stride == 0 ? [40..<64] : [24..<40]
            // Every fifth window comes otherwise than expected.
            arriving.expectedWindow = WindowRequest(shift: index % 5 == 4 ? 32 : stride ?? Self.window, wanted: wanted)
            for frame in end..<end + (stride ?? Self.window) {
                try Array(movie[frame..<frame + 1]).withUnsafeBufferPointer { try arriving.take($0) }
            }
            end += stride ?? Self.window
            // Every third window comes one range after the other.
            var results: [Probabilities] = []
            if index.isMultiple(of: 3) {
                arriving.start(wanted: wanted)
                while let result = try arriving.next() { results.append(result) }
            } else {
                results = [try arriving.evaluate(wanted: wanted)]
            }
            whole.restart()
            let expected = try whole.advance(by: movie[end - Self.window..<end], wanted: [0..<Self.window])
            for (range, frames) in wanted.enumerated() {
                for channel in NetworkClass.allCases {
                    let part = expected[0][channel.rawValue][
                        frames.lowerBound * movie.size.pixelCount..<frames.upperBound * movie.size.pixelCount
                    ]
                    let found =
                        index.isMultiple(of: 3)
                        ? results[range].channel(channel) : results[0].channel(channel, ofRange: range)
                    #expect(
                        found.elementsEqual(part),
                        "window \(index), frames \(frames) of it"
                    )
                }
            }
        }
        #expect(end >= 1200)
    }

    /// Less is left to do behind the last frame, and no more is done in all than that part and its neighbours.
    @Test func workIsDoneAhead() throws {
        let movie = TestMovie(frames: 32, size: FrameSize(height: 16, width: 16), seed: 23)
        let shape = UNetShape(steps: 4, firstLayerChannels: 2)
        func operations(ahead: Bool) throws -> (arriving: Int, left: Int) {
            let network = try SlidingUNet(
                model: .random(shape, seed: 24),
                frameSize: movie.size,
                window: 128,
                threads: 1
            )
            let clock = LayerClock()
            network.layerClock = clock
            func count() -> Int { clock.drain().reduce(0) { $0 + $1.operationCount } }
            var result = (arriving: 0, left: 0)
            for window in 0..<4 {
                for _ in 0..<(window == 0 ? 4 : 1) {
                    for frame in 0..<32 {
                        try Array(movie[frame..<frame + 1]).withUnsafeBufferPointer { try network.take($0) }
                    }
                }
                result.arriving = count()
                _ = try network.evaluate(wanted: [48..<80])
                result.left = count()
                if ahead { network.expectedWindow = WindowRequest(shift: 32, wanted: [48..<80]) }
            }
            return result
        }
        let atOnce = try operations(ahead: false), ahead = try operations(ahead: true)
        #expect(atOnce.arriving == 0)
        #expect(ahead.left < atOnce.left)
        #expect(ahead.arriving > atOnce.left / 10)
        #expect(ahead.arriving + ahead.left < atOnce.left * 21 / 20)
    }

    @Test(arguments: [ConvolutionAlgorithm.direct] + (autoIsExact ? [.auto] : []))
    func nothingIsAllocatedWhenWindowsRepeat(algorithm: ConvolutionAlgorithm) throws {
        try countAllocations(algorithm)
    }

    @Test(.enabled(if: !openBLASAllocates, "the products of OpenBLAS themselves allocate on this processor"))
    func nothingIsAllocatedBesideProducts() throws { try countAllocations(.gemm) }

    /// As OpenBLAS's kernels for AVX-512 do, in products of some shapes.
    static let openBLASAllocates: Bool = {
        let (rows, depth, most) = (8, 216, 128)
        let left = [Float](repeating: 1, count: rows * depth), right = [Float](repeating: 1, count: depth * most)
        var product = [Float](repeating: 0, count: rows * most)
        func multiply() {
            for columns in 1...most {
                MatrixProduct.openBLAS(Int32(rows), Int32(columns), Int32(depth), left, right, &product)
            }
        }
        multiply()
        let before = allocation_count()
        multiply()
        return allocation_count() > before
    }()

    /// Windows of both strides, a restart and windows again: when they have all been seen once, nothing is allocated.
    private func countAllocations(_ algorithm: ConvolutionAlgorithm) throws {
        try #require(allocation_count() > 0, "allocations can be counted here")
        let movie = TestMovie(frames: 1, size: FrameSize(height: 16, width: 24), seed: 25)
        let network = try SlidingUNet(
            model: .random(UNetShape(steps: 3, firstLayerChannels: 8), seed: 26),
            frameSize: movie.size,
            window: Self.window,
            threads: 2,
            algorithm: algorithm
        )
        let requests = [16, 16, 16, 32, 32, 16, 16, 16].map {
            WindowRequest(shift: $0, wanted: [40 - $0..<40, 48..<60])
        }
        let firstRanges = [0..<20, 20..<40, 48..<60]
        func series(_ frame: UnsafeBufferPointer<Float>) throws -> Int64 {
            let before = allocation_count()
            network.restart()
            network.expectedWindow = WindowRequest(shift: Self.window, wanted: firstRanges)
            for _ in 0..<Self.window { try network.take(frame) }
            network.start(wanted: firstRanges)
            while try network.next() != nil {}
            // Indices: unoptimised code allocates when it iterates over the elements of an array.
            for index in requests.indices {
                let request = requests[index]
                network.expectedWindow = request
                for _ in 0..<request.shift { try network.take(frame) }
                _ = try network.evaluate(wanted: request.wanted)
            }
            return allocation_count() - before
        }
        let counts = try movie.values.withUnsafeBufferPointer { frame in
            (try series(frame), try series(frame), try series(frame))
        }
        #expect(counts.0 > 0, "plans are made")
        #expect(counts.1 == 0)
        #expect(counts.2 == 0)
    }
}
