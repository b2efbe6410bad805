import Imaging
import Testing
import UNet

/// Numbers that follow by hand from the published network: 256 frames, 6 steps, stride 32, centre 112..143.
@Suite struct IncrementalPlanTests {
    private static let centre = [112..<144]

    /// The plan of the last of some windows that follow each other by one stride.
    private func plan(
        window: Int = 256,
        steps: Int = 6,
        stride: Int = 32,
        wanted: [Range<Int>] = centre,
        windowCount: Int = 20
    ) -> IncrementalPlan {
        var planner = IncrementalPlanner(windowFrameCount: window, steps: steps)
        var plan = planner.next(shift: nil, wanted: wanted)
        for _ in 1..<windowCount {
            plan = planner.next(shift: stride, wanted: wanted)
        }
        return plan
    }

    @Test func steadyStateComputesFewEncoderCells() {
        let encoder = plan().encoder
        // As few as can be, but for cell 3 of level 1, which is not kept.
        #expect(encoder.map(\.convolution2.computedCellCount) == [36, 23, 16, 12, 10, 8, 4])
        // Two cells before the padded front end and two before the tail are computed again.
        #expect(encoder.map(\.convolution1.computedCellCount) == [38, 25, 18, 14, 12, 8, 4])
        #expect(encoder.map(\.source.computedCellCount) == [32, 18, 12, 8, 6, 5, 4])
        #expect(encoder[0].convolution2.computed == [0..<2, 222..<256])
        #expect(encoder[1].convolution2.computed == [0..<4, 109..<128])
    }

    @Test func decoderComputesTheConeOfTheCentre() {
        let decoder = plan().decoder
        let concatenated = decoder.map(\.upConvolution.needed)
        #expect(concatenated == [[110..<146], [53..<75], [24..<40], [10..<22], [3..<13], [0..<8]])
        #expect(decoder.map(\.convolution1.needed)[0] == [111..<145])
        #expect(decoder.map(\.convolution2.needed)[0] == [112..<144])
        #expect(decoder.allSatisfy { $0.upConvolution.computed == $0.upConvolution.needed })
    }

    @Test func firstWindowComputesEverythingThatItNeeds() {
        let plan = plan(windowCount: 1)
        #expect(plan.firstFrame == 0)
        for (level, encoder) in plan.encoder.enumerated() {
            let all = [0..<256 >> level]
            #expect(encoder.source.computed == all)
            #expect(encoder.convolution1.computed == all)
            #expect(encoder.convolution2.computed == all)
        }
    }

    @Test func restartForgetsEverything() {
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: 6)
        let first = planner.next(shift: nil, wanted: Self.centre)
        let second = planner.next(shift: 32, wanted: Self.centre)
        #expect(second != first)
        #expect(second.firstFrame == 32)
        planner.restart()
        #expect(planner.next(shift: 32, wanted: Self.centre) == first)
        #expect(planner.next(shift: 32, wanted: Self.centre) == second)
        #expect(planner.next(shift: nil, wanted: Self.centre) == first)
    }

    @Test func nothingIsReusedAfterAShiftPastTheWindow() {
        var planner = IncrementalPlanner(windowFrameCount: 64, steps: 2)
        _ = planner.next(shift: nil, wanted: [0..<64])
        let plan = planner.next(shift: 64, wanted: [0..<64])
        #expect(plan.firstFrame == 64)
        #expect(plan.encoder.allSatisfy { $0.source.reused.isEmpty && $0.convolution2.reused.isEmpty })
        #expect(plan.encoder[0].source.computed == [0..<64])
    }

    @Test func oddShiftsKeepOnlyLevelZero() {
        var planner = IncrementalPlanner(windowFrameCount: 64, steps: 2)
        _ = planner.next(shift: nil, wanted: [0..<64])
        let plan = planner.next(shift: 5, wanted: [0..<64])
        // Of the window before, cells 26..<64 are kept, and padding reaches the last two.
        #expect(plan.encoder[0].convolution2.reused == [26..<57])
        #expect(plan.encoder[1].source.reused.isEmpty)
        #expect(plan.encoder[2].convolution2.computed == [0..<16])
    }

    @Test func slotsGoRoundTheRing() {
        let plan = plan(windowCount: 3)
        #expect(plan.firstFrame == 64)
        func slot(_ cell: Int, _ level: Int, _ capacity: Int) -> Int {
            plan.rings.slot(ofCell: cell, atLevel: level, firstFrame: plan.firstFrame, capacity: capacity)
        }
        #expect(slot(0, 0, 256) == 64)
        #expect(slot(255, 0, 256) == 63)
        #expect(slot(0, 6, 4) == 1)
        #expect(slot(3, 6, 4) == 0)
        #expect(slot(84, 0, 148) == 0)
    }

    /// Cells of the skip connections that are not kept are computed once more; the usual windows need none of them.
    @Test func onlyEarlyFramesNeedSkipConnectionsOnceMore() {
        let first = plan(wanted: [0..<144], windowCount: 1)
        #expect(first.rings.keptCells(atLevel: 0) == 110..<256)
        #expect(first.rings.keptCells(atLevel: 1) == 52..<128)
        #expect(first.decoder.map(\.skip.computed) == [[0..<110], [0..<52], [0..<24], [], [], []])
        #expect(first.decoder[0].skip.reused == [110..<146])
        #expect(first.decoder[0].skipConvolution1.computed == [0..<111])
        #expect(first.decoder[1].skip.reused == [52..<75])
        #expect(first.decoder[1].skipConvolution1.computed == [0..<53])
        for wanted in [Self.centre, [112..<144, 218..<250], [112..<256]] {
            #expect(plan(wanted: wanted).decoder.allSatisfy { $0.skip.computed.isEmpty })
        }
    }

    /// What is left of the encoder when 32 frames have come in eights: what padding reaches, and at coarse levels few
    /// cells that come too late.
    @Test func framesThatArriveLeaveLittleToDo() {
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: 6)
        let request = WindowRequest(shift: 32, wanted: Self.centre)
        var ahead = [Int](repeating: 0, count: 7)
        var plan = planner.next(shift: nil, wanted: Self.centre)
        for _ in 0..<8 {
            ahead = [Int](repeating: 0, count: 7)
            for _ in 0..<4 {
                for (level, encoder) in planner.arrive(8, expecting: request).encoder.enumerated() {
                    ahead[level] += encoder.convolution2.computedCellCount
                }
            }
            plan = planner.next(shift: 32, wanted: Self.centre)
        }
        let left = plan.encoder.map(\.convolution2.computedCellCount)
        #expect(ahead == [32, 16, 8, 4, 0, 0, 0])
        #expect(left == [4, 7, 8, 8, 10, 8, 4])
        #expect(plan.encoder[0].source.computed.isEmpty)
    }

    /// The first window, too: of its encoder the ends are left, and what the coarse levels make
    /// of them.
    @Test func mostOfTheFirstEncoderIsDoneWhenTheFirstWindowIsComplete() {
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: 6)
        let request = WindowRequest(shift: 256, wanted: [0..<144])
        var ahead = [Int](repeating: 0, count: 7)
        for arrival in 0..<32 {
            let plan = planner.arrive(8, expecting: request)
            #expect(plan.firstFrame == -256)
            #expect(plan.encoder[0].source.computed == [256 + 8 * arrival..<264 + 8 * arrival])
            for (level, encoder) in plan.encoder.enumerated() { ahead[level] += encoder.convolution2.computedCellCount }
        }
        let first = planner.next(shift: 256, wanted: [0..<144])
        #expect(first.firstFrame == 0)
        #expect(ahead == [252, 121, 56, 24, 8, 0, 0])
        #expect(first.encoder.map(\.convolution2.computedCellCount) == [4, 7, 8, 8, 8, 8, 4])
    }

    @Test func theSameWindowAgainNeedsItsDecoderOnly() {
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: 6)
        _ = planner.next(shift: nil, wanted: [0..<144])
        _ = planner.next(shift: 32, wanted: Self.centre)
        let again = planner.next(shift: 0, wanted: [144..<256])
        #expect(again.firstFrame == 32)
        #expect(again.encoder.allSatisfy { $0.convolution2.computed.isEmpty && $0.source.computed.isEmpty })
        #expect(again.decoder[0].convolution2.computed == [144..<256])
    }

    /// A shallow network looks only a few frames far, so most of a long window is never computed.
    @Test func cellsThatNobodyNeedsAreNotComputed() {
        let plan = plan(steps: 1, windowCount: 30)
        #expect(plan.encoder[0].source.computed == [224..<256])
        // Cone of the centre: 110..146, coarsened 55..73, two convolutions there 53..75, refined 106..150.
        #expect(plan.encoder[0].convolution2.needed.first?.lowerBound == 110)
        #expect(plan.encoder[0].convolution2.needed.last?.upperBound == 150)
        #expect(plan.encoder[0].convolution2.computedCellCount == 32)
        #expect(plan.encoder[1].convolution2.computedCellCount == 16)
    }

    @Test func operationsOfThePublishedNetwork() {
        let size = FrameSize(height: 64, width: 512)
        var planner = IncrementalPlanner(windowFrameCount: 256, steps: 6)
        let whole = planner.next(shift: nil, wanted: [0..<256])
        let steady = plan()
        let tail = plan(wanted: [112..<144, 218..<250])
        // Counted in Python from the layers' extents: 251.4 and 48.8 GFLOP.
        // Of the whole window, skip connections are computed once more: of 110 frames, 52 cells of level 1, 24 of level 2.
        let again =
            2 * 27 * size.pixelCount
            * (8 * (111 * 1 + 110 * 8) + 16 * (53 * 8 + 52 * 16) / 4 + 32 * (25 * 16 + 24 * 32) / 16)
        #expect(whole.operationCount(shape: .published, size: size) == 251_414_970_368 + again)
        // The fewest possible, and a cell of level 1 that is computed again because it is not kept.
        let cell = 2 * 27 * 16 * (8 + 16) * size.pixelCount / 4
        #expect(steady.operationCount(shape: .published, size: size) == 48_814_358_528 + cell)
        #expect(tail.operationCount(shape: .published, size: size) > 48_814_358_528)
    }
}
