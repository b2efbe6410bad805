import Imaging
import TestSupport
import Testing
import UNet

@Suite("What a side output reads")
struct SideOutputTests {
    private static let window = 64

    /// A network, a side output's place in it, and frames.
    struct Case: CustomTestStringConvertible, Sendable {
        let steps: Int
        let channels: Int
        let place: SideOutput.Place
        let size: FrameSize
        var testDescription: String {
            "\(steps) steps, \(channels) channels, levels \(place.level) to \(place.coarsestLevel), \(size)"
        }

        init(_ steps: Int, _ channels: Int, level: Int, upTo coarsest: Int, window: Int, _ height: Int, _ width: Int) {
            self.steps = steps
            self.channels = channels
            place = SideOutput.Place(level: level, coarsestLevel: coarsest, windowFrameCount: window)
            size = FrameSize(height: height, width: width)
        }

        var model: Model { Model.random(UNetShape(steps: steps, firstLayerChannels: channels), seed: 31) }

        func network(_ algorithm: ConvolutionAlgorithm = .direct, threads: Int = 2) throws -> SlidingUNet {
            try SlidingUNet(
                model: model,
                frameSize: size,
                window: SideOutputTests.window,
                threads: threads,
                algorithm: algorithm,
                side: place
            )
        }
    }

    static let cases = [
        Case(2, 8, level: 1, upTo: 2, window: 8, 8, 16), Case(3, 4, level: 1, upTo: 3, window: 16, 8, 20),
        Case(3, 8, level: 2, upTo: 3, window: 16, 13, 21), Case(3, 16, level: 2, upTo: 3, window: 32, 16, 24),
        Case(4, 8, level: 3, upTo: 4, window: 32, 16, 48), Case(4, 8, level: 2, upTo: 4, window: 16, 16, 32),
        Case(4, 8, level: 2, upTo: 3, window: 24, 16, 32), Case(5, 4, level: 2, upTo: 4, window: 48, 9, 40),
    ]

    private static func take(_ frames: Range<Int>, of movie: TestMovie, by network: SlidingUNet) throws {
        for frame in frames {
            try Array(movie[frame..<frame + 1]).withUnsafeBufferPointer { try network.take($0) }
        }
    }

    /// The newest cells as the plain loops see them, `[t][y][x][channel]`.
    private static func reference(_ map: FeatureMap, newest: Int, like features: SideFeatures) -> [Float] {
        var values: [Float] = []
        let rows = (map.height - features.cells.height) / 2, columns = (map.width - features.cells.width) / 2
        for t in map.frames - newest..<map.frames {
            for y in rows..<rows + features.cells.height {
                for x in columns..<columns + features.cells.width {
                    for channel in 0..<map.channels { values.append(map[channel, t, y, x]) }
                }
            }
        }
        return values
    }

    @Test(arguments: cases, [ConvolutionAlgorithm.direct, .winograd, .gemm])
    func equalsPlainLoops(_ example: Case, algorithm: ConvolutionAlgorithm) throws {
        let needed = example.place.neededFrameCount, cell = example.place.cellFrameCount
        let last = min(needed + 3 * cell, Self.window)
        let movie = TestMovie(frames: last, size: example.size, seed: 32)
        let network = try example.network(algorithm)
        var end = 0
        for count in [needed, needed + cell, last] {
            try Self.take(end..<count, of: movie, by: network)
            end = count
            let newest = 2
            let features = network.sideFeatures(ofNewest: newest)
            let map = ReferenceUNet(model: example.model)
                .sideResult(at: example.place, of: Array(movie[0..<count]), size: example.size)
            let expected = Self.reference(map, newest: newest, like: features)
            try #require(features.values.count == expected.count)
            let largest = zip(features.values, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(largest < 2e-4, "\(count) frames")
            #expect(expected.contains { $0 > 0.01 })
        }
    }

    /// What windows have left behind, or frames that came before, changes no bit; and windows do not notice the side output.
    @Test(arguments: cases)
    func needsNoMoreThanFrames(_ example: Case) throws {
        let cell = example.place.cellFrameCount
        // Windows that follow at once, as when too much waits, and a stride across the cells.
        let strides: [Int] = [16, 16, 8, 32, 16, 12, 16, 16, 16, 40, 16, 16]
        let frameCount = Self.window + strides.reduce(0, +)
        let movie = TestMovie(frames: frameCount, size: example.size, seed: 33)
        let asked = try example.network(), plain = try example.network(), fresh = try example.network(threads: 1)
        let wanted = [24..<40, 46..<60]
        var (start, lookCount) = (0, 0)
        for (index, stride) in ([Self.window] + strides).enumerated() {
            for network in [asked, plain] { network.expectedWindow = WindowRequest(shift: stride, wanted: wanted) }
            for frame in start..<start + stride {
                try Self.take(frame..<frame + 1, of: movie, by: asked)
                try Self.take(frame..<frame + 1, of: movie, by: plain)
                guard asked.isSideReady, (frame + 1 - start).isMultiple(of: cell), (frame + index).isMultiple(of: 2)
                else {
                    continue
                }
                lookCount += 1
                let features = asked.sideFeatures(ofNewest: 2)
                fresh.restart()
                let first = max(0, frame + 1 - Self.window)
                try Array(movie[first..<frame + 1]).withUnsafeBufferPointer { try fresh.take($0) }
                guard fresh.isSideReady else { continue }
                #expect(features.values == fresh.sideFeatures(ofNewest: 2).values, "\(frame + 1) frames")
            }
            start += stride
            let found = try asked.evaluate(wanted: wanted), expected = try plain.evaluate(wanted: wanted)
            for (range, channel) in wanted.indices.flatMap({ range in NetworkClass.allCases.map { (range, $0) } }) {
                #expect(found.channel(channel, ofRange: range) == expected.channel(channel, ofRange: range))
            }
        }
        #expect(lookCount > 5)
    }

    /// A steady recording costs few operations for every look, as the levels above find what they need.
    @Test func sharesTheFineLevels() throws {
        let example = Self.cases[4]
        let movie = TestMovie(frames: Self.window + 128, size: example.size, seed: 34)
        func operations(ahead: Bool) throws -> Int {
            let network = try example.network()
            let clock = LayerClock()
            network.sideClock = clock
            for end in stride(from: Self.window, through: Self.window + 128, by: 16) {
                if ahead {
                    network.expectedWindow = WindowRequest(shift: end == Self.window ? end : 16, wanted: [24..<40])
                }
                try Self.take(end == Self.window ? 0..<end : end - 16..<end, of: movie, by: network)
                _ = clock.drain()
                _ = network.sideFeatures(ofNewest: 2)
                _ = try network.evaluate(wanted: ahead ? [24..<40] : [])
            }
            return clock.drain().reduce(0) { $0 + $1.operationCount }
        }
        let (shared, alone) = (try operations(ahead: true), try operations(ahead: false))
        #expect(Double(shared) < 0.8 * Double(alone))
    }

    @Test(arguments: [(0, 3, 16), (3, 3, 16), (2, 4, 16), (2, 2, 16), (2, 3, 12), (2, 3, 64), (1, 3, 0)])
    func refusesPlacesThatTheNetworkHasNot(level: Int, coarsest: Int, window: Int) {
        let place = SideOutput.Place(level: level, coarsestLevel: coarsest, windowFrameCount: window)
        #expect(place.fault(in: UNetShape(steps: 3, firstLayerChannels: 4), window: 64) != nil)
    }
}
