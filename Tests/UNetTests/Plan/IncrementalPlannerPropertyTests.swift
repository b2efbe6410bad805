import TestSupport
import Testing
import UNet

/// Plans executed on hashes over rings give the very hashes of whole windows.
@Suite struct IncrementalPlannerPropertyTests {
    /// A network, a window and how the windows follow each other.
    struct Case: CustomStringConvertible {
        var steps: Int
        var windowFrameCount: Int
        /// Per window: shift (nil restarts), wanted frames, and how many frames arrived at a time before it, with what
        /// was expected; then those that arrived behind a restart.
        var windows: [Window]

        struct Window {
            typealias Arrivals = [(frameCount: Int, request: WindowRequest)]

            var shift: Int?
            var wanted: [Range<Int>]
            var arrivals: Arrivals = []
            var firstArrivals: Arrivals = []
        }

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            steps = Int.random(in: 1...5, using: &random)
            windowFrameCount = Int.random(in: 1...16, using: &random) << steps
            let usualShift = Self.shift(window: windowFrameCount, steps: steps, using: &random)
            let usualWanted = Self.wanted(window: windowFrameCount, using: &random)
            let variety = Double(Int.random(in: 0...2, using: &random)) * 0.2
            windows = [Window(shift: nil, wanted: usualWanted)]
            addFirstArrivals(to: &windows[0], usually: usualShift, using: &random)
            for _ in 0..<Int.random(in: 2...24, using: &random) {
                var window = Window(shift: usualShift, wanted: usualWanted)
                if Double.random(in: 0..<1, using: &random) < variety {
                    window.shift = Self.shift(window: windowFrameCount, steps: steps, using: &random)
                }
                if Double.random(in: 0..<1, using: &random) < variety {
                    window.wanted = Self.wanted(window: windowFrameCount, using: &random)
                }
                if Double.random(in: 0..<1, using: &random) < variety / 5 { window.shift = 0 }
                if Bool.random(using: &random) {
                    let request =
                        Double.random(in: 0..<1, using: &random) < variety
                        ? WindowRequest(
                            shift: Self.shift(window: windowFrameCount, steps: steps, using: &random),
                            wanted: Self.wanted(window: windowFrameCount, using: &random)
                        ) : WindowRequest(shift: window.shift ?? 1, wanted: window.wanted)
                    window.arrivals = Self.arrivals(
                        of: min(window.shift ?? 0, windowFrameCount),
                        expecting: request,
                        using: &random
                    )
                }
                if Double.random(in: 0..<1, using: &random) < variety / 5 {
                    window.shift = nil
                    addFirstArrivals(to: &window, usually: usualShift, using: &random)
                }
                windows.append(window)
            }
        }

        /// Some of the frames come before the first window of a series is asked for; one time in four another one is
        /// expected.
        private func addFirstArrivals(to window: inout Window, usually shift: Int, using random: inout SeededGenerator)
        {
            guard Bool.random(using: &random) else { return }
            let isAsExpected = Int.random(in: 0..<4, using: &random) > 0
            let request = WindowRequest(shift: isAsExpected ? windowFrameCount : shift, wanted: window.wanted)
            window.firstArrivals = Self.arrivals(of: windowFrameCount, expecting: request, using: &random)
        }

        private static func arrivals(
            of frameCount: Int,
            expecting request: WindowRequest,
            using random: inout SeededGenerator
        ) -> Window.Arrivals {
            var arrivals: Window.Arrivals = []
            var left = frameCount
            while left > 0, Int.random(in: 0..<8, using: &random) > 0 {
                let frameCount = Int.random(in: 1...left, using: &random)
                arrivals.append((frameCount, request))
                left -= frameCount
            }
            return arrivals
        }

        private static func shift(window: Int, steps: Int, using random: inout SeededGenerator) -> Int {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: Int.random(in: 1...window + 3, using: &random)
            case 1: Int.random(in: 1...8, using: &random)
            case 2: 1 << steps
            default:
                Int.random(in: 1...max(1, window >> steps), using: &random) << Int.random(in: 0...steps, using: &random)
            }
        }

        private static func wanted(window: Int, using random: inout SeededGenerator) -> [Range<Int>] {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: return [0..<window]
            case 1: return []
            case 2, 3: return [window * 7 / 16..<window - window * 7 / 16]
            default:
                return (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    let start = Int.random(in: 0..<window, using: &random)
                    return start..<Int.random(in: start...window, using: &random)
                }
            }
        }

        var description: String {
            "\(steps) steps, \(windowFrameCount) frames, "
                + windows.map {
                    "\($0.shift.map(String.init) ?? "restart"): \($0.wanted) after \($0.arrivals), \($0.firstArrivals)"
                }.joined(separator: "; ")
        }
    }

    @Test(arguments: 0..<16)
    func executedPlansGiveWholeWindows(block: UInt64) throws {
        for seed in block * 50..<(block + 1) * 50 {
            let testCase = Case(seed: seed)
            var planner = IncrementalPlanner(windowFrameCount: testCase.windowFrameCount, steps: testCase.steps)
            var executor = SymbolicExecutor(windowFrameCount: testCase.windowFrameCount, steps: testCase.steps)
            var alignedLevels = testCase.steps
            // Frames of different series never look alike, nor do those of different positions.
            var series: UInt64 = 0
            var start = 0
            for (index, window) in testCase.windows.enumerated() {
                for arrival in window.arrivals {
                    let plan = planner.arrive(arrival.frameCount, expecting: arrival.request)
                    try executor.run(plan) { series << 32 | UInt64($0) }
                }
                if let shift = window.shift {
                    start += shift
                    alignedLevels = min(alignedLevels, shift.trailingZeroBitCount)
                } else {
                    series += 1
                    start = 0
                    alignedLevels = testCase.steps
                }
                if !window.firstArrivals.isEmpty { planner.restart() }
                for arrival in window.firstArrivals {
                    let plan = planner.arrive(arrival.frameCount, expecting: arrival.request)
                    try executor.run(plan) { series << 32 | UInt64($0) }
                }
                let frames = (0..<testCase.windowFrameCount).map { series << 32 | UInt64(start + $0) }
                let shift = window.firstArrivals.isEmpty ? window.shift : testCase.windowFrameCount
                let plan = planner.next(shift: shift, wanted: window.wanted)
                let whole = SymbolicNetwork.whole(frames, steps: testCase.steps)
                let comment: Comment = "seed \(seed), window \(index) of \(testCase)"

                try #require(plan.firstFrame == start, comment)
                if index > 0 && window.shift != nil || !window.firstArrivals.isEmpty {
                    for level in 0...alignedLevels {
                        let waste = wastedCells(plan, level: level, executor: executor, whole: whole.encoder[level])
                        try #require(waste == [], comment)
                    }
                }
                let result = try executor.run(plan, frames: frames)
                let wanted = Set(window.wanted.joined())
                for frame in frames.indices {
                    try #require(result[frame] == (wanted.contains(frame) ? whole.result[frame] : nil), comment)
                }
            }
        }
    }

    /// The published network and window, with strides that fit its levels and one that does not, frames arriving in
    /// eights.
    @Test(
        arguments: [16, 32, 64, 24],
        [[112..<144], [112..<144, 218..<250], [0..<256], [0..<144], [112..<256]]
    )
    func publishedWindows(stride: Int, wanted: [Range<Int>]) throws {
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: 6)
        var executor = SymbolicExecutor(windowFrameCount: 256, steps: 6)
        for index in 0..<9 {
            let start = index * stride
            let frames = (start..<start + 256).map { UInt64($0) }
            let shift = index == 0 ? 256 : stride
            for _ in 0..<shift / 8 {
                let request = WindowRequest(shift: shift, wanted: wanted)
                try executor.run(planner.arrive(8, expecting: request)) { UInt64($0) }
            }
            let plan = planner.next(shift: shift, wanted: wanted)
            let whole = SymbolicNetwork.whole(frames, steps: 6)
            for level in 0...6 where shift.isMultiple(of: 1 << level) {
                #expect(wastedCells(plan, level: level, executor: executor, whole: whole.encoder[level]) == [])
            }
            let result = try executor.run(plan, frames: frames)
            let isWanted = Set(wanted.joined())
            #expect(result.indices.allSatisfy { result[$0] == (isWanted.contains($0) ? whole.result[$0] : nil) })
        }
    }

    /// Cells that a plan wants computed although their ring holds them already.
    private func wastedCells(
        _ plan: IncrementalPlan,
        level: Int,
        executor: SymbolicExecutor,
        whole: SymbolicNetwork.EncoderLevel
    ) -> [Int] {
        let sources = plan.encoder[level].source.computed.joined().filter {
            let slot = executor.sourceSlot($0, level: level, firstFrame: plan.firstFrame)
            return executor.sources[level][slot] == whole.source[$0]
        }
        let kept = plan.rings.keptCells(atLevel: level)
        let results = plan.encoder[level].convolution2.computed.joined().filter {
            guard kept.contains($0) else { return false }
            let slot = executor.resultSlot($0, level: level, firstFrame: plan.firstFrame)
            return executor.results[level][slot] == whole.convolution2[$0]
        }
        return sources + results
    }

    /// The oracle itself: it must tell an unpadded cell from a padded one, and a wrong plan from a right one.
    @Test func symbolicNetworkSeesPaddingAndPosition() throws {
        let first = SymbolicNetwork.whole(Array(0..<16), steps: 1)
        let second = SymbolicNetwork.whole(Array(4..<20), steps: 1)
        #expect(first.encoder[0].convolution2[6..<14] == second.encoder[0].convolution2[2..<10])
        #expect(first.encoder[0].convolution2[5] != second.encoder[0].convolution2[1])
        #expect(first.encoder[0].convolution2[14] != second.encoder[0].convolution2[10])
        #expect(first.result[4..<16] != second.result[0..<12])

        var planner = IncrementalPlanner(windowFrameCount: 16, steps: 1)
        var executor = SymbolicExecutor(windowFrameCount: 16, steps: 1)
        _ = planner.next(shift: nil, wanted: [0..<16])
        let laterPlan = planner.next(shift: 4, wanted: [0..<16])
        #expect(throws: SymbolicExecutor.Fault.self) { try executor.run(laterPlan, frames: Array(4..<20)) }
    }
}
