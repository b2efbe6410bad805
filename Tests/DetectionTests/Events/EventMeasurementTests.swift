import Detection
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct EventMeasurementTests {
    let measurement = EventMeasurement(size: FrameSize(height: 64, width: 512), calibration: .published)

    /// An instance over a box, with intensity and baseline given by position; a voxel is left out where F is nil.
    func instance(
        _ eventClass: EventClass = .spark,
        frames: ClosedRange<Int>,
        rows: Range<Int>,
        columns: Range<Int>,
        isTruncated: Bool = false,
        baseline: (_ y: Int, _ x: Int) -> Float = { _, _ in 0.0078125 },
        intensity: (_ frame: Int, _ y: Int, _ x: Int) -> Float?
    ) -> Instance {
        var voxels: [Voxel] = []
        for frame in frames {
            for y in rows {
                for x in columns {
                    guard let value = intensity(frame, y, x) else { continue }
                    voxels.append(
                        Voxel(
                            frame: Int32(frame),
                            y: UInt16(y),
                            x: UInt16(x),
                            intensity: value,
                            baseline: baseline(y, x),
                            confidence: 0.75
                        )
                    )
                }
            }
        }
        return Instance(eventClass: eventClass, voxels: voxels, peaks: [], isTruncated: isTruncated)
    }

    func isClose(_ value: Double?, _ expected: Double) -> Bool {
        value.map { abs($0 - expected) < 1e-6 } ?? false
    }

    @Test func uniformSparkHasItsAnalyticValues() {
        let rise: [Float] = [0.25, 0.5, 1.5, 1, 0.75, 0.5, 0.25]
        let spark = instance(frames: 100...106, rows: 20..<27, columns: 300..<307) { frame, _, _ in
            0.0078125 * (1 + rise[frame - 100])
        }
        let event = measurement.measure(spark, number: 7, in: RecordedSegment(origin: 5000))
        #expect(event.number == 7)
        #expect(event.eventClass == .spark)
        #expect(event.startFrame == 5100)
        #expect(event.peakFrame == 5102)
        #expect(event.endFrame == 5106)
        #expect(event.rows == 20..<27)
        #expect(event.columns == 300..<307)
        #expect(event.voxelCount == 343)
        #expect(event.footprintPixelCount == 49)
        #expect(abs(event.centroidRow - 23) < 1e-9)
        #expect(abs(event.centroidColumn - 303) < 1e-9)
        #expect(isClose(event.peakDeltaFOverF0, 1.5))
        #expect(event.classConfidence == 0.75)
        #expect(event.missingFrameCount == 0)
        #expect(event.flags.isEmpty)
        #expect(event.unavailable[.rawPeak] == nil)
    }

    @Test func amplitudeIsTheRatioOfSumsInTheSquareAroundTheCentroid() {
        // Increase 1/64 in the 5 x 5 square, almost none around it. F0 is 1/128 left of the centre, 1/32 elsewhere:
        // 25/64 over (10/128 + 15/32), while the mean of ratios would be 1.1.
        func resting(_ y: Int, _ x: Int) -> Float { x < 34 ? 1.0 / 128 : 1.0 / 32 }
        let spark = instance(
            frames: 10...12,
            rows: 30..<39,
            columns: 30..<39,
            baseline: resting,
            intensity: { _, y, x in
                let increase: Float = abs(y - 34) <= 2 && abs(x - 34) <= 2 ? 1.0 / 64 : 1.0 / 4096
                return resting(y, x) + increase
            }
        )
        let event = measurement.measure(spark, number: 1, in: RecordedSegment(origin: 0))
        #expect(isClose(event.peakDeltaFOverF0, (25.0 / 64) / (10.0 / 128 + 15.0 / 32)))
    }

    @Test(arguments: [(0.2, 5), (0.19999, 5), (0.1, 11), (0.3, 5), (0.34, 3), (0.5, 3), (1.0, 1), (2.5, 1)])
    func squareIsTheSmallestOddOneOfAMicrometre(pixelSize: Double, side: Int) {
        let calibration = Calibration(pixelSizeMicrometres: pixelSize, frameIntervalMilliseconds: 6.8)
        let measurement = EventMeasurement(size: FrameSize(height: 64, width: 512), calibration: calibration)
        #expect(measurement.squareSide == side)
    }

    @Test func centroidFollowsTheIncreaseAboveBaseline() {
        // Increase 3 at column 10, 1 at column 14, a decrease at column 12 that must not count.
        let spark = instance(frames: 5...7, rows: 8..<9, columns: 10..<15) { _, _, x in
            switch x {
            case 10: 0.0078125 + 3.0 / 256
            case 14: 0.0078125 + 1.0 / 256
            case 12: 0.0078125 - 1.0 / 256
            default: nil
            }
        }
        let event = measurement.measure(spark, number: 1, in: RecordedSegment(origin: 0))
        #expect(abs(event.centroidColumn - 11) < 1e-6)
        #expect(abs(event.centroidRow - 8) < 1e-9)
    }

    @Test func withoutAPastThereIsNoAmplitudeButAPlace() {
        let spark = instance(
            frames: 0...4,
            rows: 10..<13,
            columns: 20..<25,
            baseline: { _, _ in .nan },
            intensity: { frame, _, x in frame == 3 ? 0.5 : Float(x) / 1000 }
        )
        let event = measurement.measure(spark, number: 1, in: RecordedSegment(origin: 70))
        #expect(event.peakDeltaFOverF0 == nil)
        #expect(event.unavailable[.rawPeak] == .noBaseline)
        #expect(event.peakFrame == 73)
        #expect(event.centroidRow == 11)
        #expect(event.centroidColumn == 22)
        #expect(event.flags == [.startsBeforeRecording])
    }

    @Test func pixelsWithoutAPastAreLeftOutOfTheRatio() {
        let spark = instance(
            frames: 9...11,
            rows: 10..<15,
            columns: 20..<25,
            baseline: { _, x in x == 22 ? .nan : 0.0078125 },
            intensity: { _, _, x in x == 22 ? 0.9 : 0.015625 }
        )
        let event = measurement.measure(spark, number: 1, in: RecordedSegment(origin: 0))
        #expect(isClose(event.peakDeltaFOverF0, 1))
    }

    @Test(arguments: EventClass.allCases)
    func aBaselineAtTheDarkLevelGivesNoRatio(eventClass: EventClass) {
        let dark = instance(
            eventClass,
            frames: 5...8,
            rows: 10..<20,
            columns: 20..<30,
            baseline: { _, _ in 0 },
            intensity: { _, _, _ in 0.5 }
        )
        let event = measurement.measure(dark, number: 1, in: RecordedSegment(origin: 0))
        #expect(event.peakDeltaFOverF0 == nil)
        #expect(event.unavailable[.rawPeak] == .baselineAtDarkLevel)
    }

    @Test func framesWithAFewPixelsDoNotMakeThePeak() {
        let spark = instance(frames: 50...54, rows: 20..<25, columns: 20..<25) { frame, y, x in
            if frame == 54 { return y == 22 && x == 22 ? 0.25 : nil }
            return 0.0078125 * (frame == 52 ? 2 : 1.5)
        }
        let event = measurement.measure(spark, number: 1, in: RecordedSegment(origin: 0))
        #expect(event.peakFrame == 52)
        #expect(isClose(event.peakDeltaFOverF0, 1))
        #expect(event.endFrame == 54)
    }

    @Test func aRingIsMeasuredOnItsRim() {
        let ring = instance(.puff, frames: 20...25, rows: 10..<41, columns: 10..<41) { _, y, x in
            let distance = hypot(Double(y - 25), Double(x - 25))
            return distance > 12 && distance < 15 ? 0.0234375 : nil
        }
        let event = measurement.measure(ring, number: 1, in: RecordedSegment(origin: 0))
        #expect(abs(event.centroidRow - 25) < 1e-6 && abs(event.centroidColumn - 25) < 1e-6)
        #expect(isClose(event.peakDeltaFOverF0, 2))
    }

    @Test func waveAmplitudeIsWhatAPlaceSeesWhenItComesBy() {
        // A front that runs 5 columns a frame; every place rises to 0.5, 2, 1, 0.5 in four frames.
        let passing: [Float] = [0.5, 2, 1, 0.5]
        let wave = instance(.wave, frames: 40...62, rows: 0..<60, columns: 100..<200) { frame, _, x in
            let age = frame - 40 - (x - 100) / 5
            return passing.indices.contains(age) ? 0.0078125 * (1 + passing[age]) : nil
        }
        let event = measurement.measure(wave, number: 1, in: RecordedSegment(origin: 1000))
        #expect(isClose(event.peakDeltaFOverF0, 2))
        // From the fourth frame on the whole transient is in the picture: 0.5 + 2 + 1 + 0.5.
        #expect(event.peakFrame == 1043)
        #expect(event.flags == [.touchesFrameBorder])
        #expect(event.footprintPixelCount == 6000)
    }

    @Test func waveAmplitudeIgnoresAFewBrightPixels() {
        let wave = instance(.wave, frames: 40...50, rows: 5..<55, columns: 100..<200) { _, y, x in
            y < 10 && x < 105 ? 0.5 : 0.0078125 * 1.75
        }
        let event = measurement.measure(wave, number: 1, in: RecordedSegment(origin: 0))
        #expect(isClose(event.peakDeltaFOverF0, 0.75))
    }

    @Test func waveWithoutAPastHasNoAmplitude() {
        let wave = instance(
            .wave,
            frames: 3...9,
            rows: 5..<55,
            columns: 100..<200,
            baseline: { _, _ in .nan },
            intensity: { frame, _, _ in frame == 6 ? 0.5 : 0.25 }
        )
        let event = measurement.measure(wave, number: 1, in: RecordedSegment(origin: 0))
        #expect(event.unavailable[.rawPeak] == .noBaseline)
        #expect(event.peakFrame == 6)
    }

    @Test func incompleteEventsAreFlagged() {
        func flags(
            frames: ClosedRange<Int>,
            rows: Range<Int>,
            columns: Range<Int>,
            isTruncated: Bool = false,
            frameCount: Int? = nil
        ) -> Set<EventFlag> {
            let spark = instance(frames: frames, rows: rows, columns: columns, isTruncated: isTruncated) { _, _, _ in 1
            }
            let segment = RecordedSegment(origin: 500, frameCount: frameCount)
            return measurement.measure(spark, number: 1, in: segment).flags
        }
        #expect(flags(frames: 1...5, rows: 1..<63, columns: 1..<9, frameCount: 7).isEmpty)
        #expect(flags(frames: 0...5, rows: 1..<4, columns: 1..<9) == [.startsBeforeRecording])
        #expect(flags(frames: 1...6, rows: 1..<4, columns: 1..<9, frameCount: 7) == [.endsAfterRecording])
        #expect(flags(frames: 1...6, rows: 1..<4, columns: 1..<9).isEmpty)
        #expect(flags(frames: 1...6, rows: 0..<4, columns: 1..<9) == [.touchesFrameBorder])
        #expect(flags(frames: 1...6, rows: 9..<64, columns: 1..<9) == [.touchesFrameBorder])
        #expect(flags(frames: 1...6, rows: 1..<4, columns: 0..<9) == [.touchesFrameBorder])
        #expect(flags(frames: 1...6, rows: 1..<4, columns: 500..<512) == [.touchesFrameBorder])
        #expect(flags(frames: 1...6, rows: 1..<4, columns: 1..<9, isTruncated: true) == [.truncated])
    }

    @Test func heldFramesWithinTheEventAreCounted() {
        let spark = instance(frames: 10...14, rows: 1..<4, columns: 1..<4) { _, _, _ in 0.5 }
        let segment = RecordedSegment(origin: 100, heldFrames: [12, 109, 110, 113, 114, 115])
        #expect(measurement.measure(spark, number: 1, in: segment).missingFrameCount == 3)
    }
}

@Suite struct EventMeasurementProperties {
    /// A connected-looking cloud of voxels with random values, in raster order.
    func cloud(seed: UInt64, shift: VoxelPosition, scale: Float, eventClass: EventClass) -> Instance {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...4000, using: &random)
        let height = Int.random(in: 1...30, using: &random)
        let width = Int.random(in: 1...60, using: &random)
        let depth = Int.random(in: 1...25, using: &random)
        var voxels: [VoxelPosition: Voxel] = [:]
        for _ in 0..<count {
            let position = VoxelPosition(
                frame: Int.random(in: 0..<depth, using: &random) + 1 + shift.frame,
                y: Int.random(in: 0..<height, using: &random) + 1 + shift.y,
                x: Int.random(in: 0..<width, using: &random) + 1 + shift.x
            )
            voxels[position] = Voxel(
                frame: Int32(position.frame),
                y: UInt16(position.y),
                x: UInt16(position.x),
                intensity: Float.random(in: 0.001...0.1, using: &random) * scale,
                baseline: Int.random(in: 0..<20, using: &random) == 0
                    ? .nan : Float.random(in: 0.001...0.02, using: &random) * scale,
                confidence: Float.random(in: 0.3...1, using: &random)
            )
        }
        let order = voxels.keys.sorted { ($0.frame, $0.y, $0.x) < ($1.frame, $1.y, $1.x) }
        return Instance(eventClass: eventClass, voxels: order.map { voxels[$0]! }, peaks: [], isTruncated: false)
    }

    @Test(arguments: EventClass.allCases)
    func eventsAreConsistentAndMoveWithTheirVoxels(eventClass: EventClass) {
        let measurement = EventMeasurement(size: FrameSize(height: 64, width: 512), calibration: .published)
        let segment = RecordedSegment(origin: 300)
        for seed in UInt64(0)..<60 {
            let origin = VoxelPosition(frame: 0, y: 0, x: 0)
            let original = cloud(seed: seed, shift: origin, scale: 1, eventClass: eventClass)
            let event = measurement.measure(original, number: 1, in: segment)
            #expect(event.startFrame <= event.peakFrame && event.peakFrame <= event.endFrame)
            #expect(event.voxelCount == original.voxels.count)
            #expect(event.footprintPixelCount == Set(original.voxels.map { [$0.y, $0.x] }).count)
            #expect(event.rows.lowerBound == original.voxels.map { Int($0.y) }.min())
            #expect(event.rows.upperBound == original.voxels.map { Int($0.y) + 1 }.max())
            #expect(event.columns.lowerBound == original.voxels.map { Int($0.x) }.min())
            #expect(event.columns.upperBound == original.voxels.map { Int($0.x) + 1 }.max())
            #expect((Double(event.rows.lowerBound)...Double(event.rows.upperBound - 1)).contains(event.centroidRow))
            #expect((event.peakDeltaFOverF0 == nil) == (event.unavailable[.rawPeak] != nil))
            #expect(event.peakDeltaFOverF0?.isFinite ?? true)
            #expect((0.3...1).contains(event.classConfidence))

            let shift = VoxelPosition(frame: 11, y: 20, x: 300)
            let moved = cloud(seed: seed, shift: shift, scale: 4, eventClass: eventClass)
            var back = measurement.measure(moved, number: 1, in: segment)
            #expect(abs(back.centroidRow - event.centroidRow - 20) < 1e-9)
            #expect(abs(back.centroidColumn - event.centroidColumn - 300) < 1e-9)
            back.startFrame -= 11
            back.peakFrame -= 11
            back.endFrame -= 11
            back.rows = back.rows.lowerBound - 20..<back.rows.upperBound - 20
            back.columns = back.columns.lowerBound - 300..<back.columns.upperBound - 300
            back.centroidRow = event.centroidRow
            back.centroidColumn = event.centroidColumn
            #expect(back == event)
        }
    }
}
