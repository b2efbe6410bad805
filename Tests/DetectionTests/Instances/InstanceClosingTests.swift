import Detection
import Imaging
import TestSupport
import Testing

/// Time courses are written one character per frame: `.` nothing, `P` puff, `S` spark, `W` wave.
@Suite("When instances close, and how they are cut")
struct InstanceClosingTests {
    /// Frames that an instance covers and the frame after which it was given out; nil if only at the end.
    struct Closing: Equatable {
        let first: Int
        let last: Int
        let closedAfter: Int?

        init(_ first: Int, _ last: Int, _ closedAfter: Int?) {
            self.first = first
            self.last = last
            self.closedAfter = closedAfter
        }
    }

    @Test(arguments: [
        ("", []),
        ("..........", []),
        ("..PPPPP...........", [Closing(2, 6, 9)]),
        ("..PPPP............", []),
        ("..PPP..PP.........", [Closing(2, 8, 11)]),
        ("PPPPP...PPPPP.....", [Closing(0, 4, 7), Closing(8, 12, 15)]),
        (".....PPPPPP..", [Closing(5, 10, nil)]),
        (".WW.W..W.....", [Closing(1, 7, 10)]),
        (".W...W.......", [Closing(1, 1, 4), Closing(5, 5, 8)]),
        ("..SS................", [Closing(2, 3, 16)]),
        ("..S.................", []),
        ("..SS.SS.............", [Closing(2, 3, 16), Closing(5, 6, 19)]),
        ("..SS.SSS............", [Closing(2, 3, 16), Closing(5, 7, nil)]),
    ])
    func closesWhenNothingCanJoin(course: String, expected: [Closing]) {
        let recording = LabelledRecording(course: course)
        var builder = InstanceBuilder(size: recording.size)
        var closings: [Closing] = []
        for frame in 0..<recording.frameCount {
            closings += builder.push(recording.slab(frame..<frame + 1)).map { Closing($0, closedAfter: frame) }
        }
        closings += builder.finish().map { Closing($0, closedAfter: nil) }
        #expect(closings == expected)
    }

    @Test(arguments: [
        ("..PPPPPPPPPPPPPPPPPPPPPPPPP......", [(2, 11, true), (12, 21, true), (22, 26, false)]),
        ("..PPPPPPPPPP.....................", [(2, 11, false)]),
        ("..PPPPPPPPPP..PPPPPP.............", [(2, 11, true), (14, 19, false)]),
        ("..PPPPPPPP..PPPPPP...............", [(2, 9, true), (12, 17, false)]),
        ("..SSSSSSSSSSSSSSS................", [(2, 11, true), (12, 16, false)]),
        ("WWWWWWWWWWWWWWW", [(0, 9, true), (10, 14, false)]),
    ])
    func cutsWhatOutlivesTheLimit(course: String, expected: [(Int, Int, Bool)]) {
        let recording = LabelledRecording(course: course)
        let limits = InstanceLimits(frameCount: 10)
        let instances = recording.streamedInstances(slabLengths: recording.slabLengths(first: 7), limits: limits)
        #expect(instances.map { Int($0.voxels[0].frame) } == expected.map(\.0))
        #expect(instances.map { Int($0.voxels[$0.voxels.count - 1].frame) } == expected.map(\.1))
        #expect(instances.map(\.isTruncated) == expected.map(\.2))
    }

    @Test func cutsWhatFillsTheField() {
        let recording = LabelledRecording(course: String(repeating: "P", count: 23))
        let voxelsPerFrame = recording.classes.count { $0 != 0 } / recording.frameCount
        let limits = InstanceLimits(voxelCount: 7 * voxelsPerFrame - 1)
        let instances = recording.streamedInstances(slabLengths: recording.slabLengths(first: 5), limits: limits)
        #expect(instances.map(\.voxels.count) == [7, 7, 7].map { $0 * voxelsPerFrame })
        #expect(instances.map(\.isTruncated) == [true, true, true])
    }

    @Test func limitsDoNotDependOnTheSlabs() {
        let limits = InstanceLimits(frameCount: 9, voxelCount: 500)
        var truncatedCount = 0
        for seed in UInt64(2_000)..<2_080 {
            let random = RandomScene(seed: seed)
            let recording = LabelledRecording(classes: random.classes, movie: random.movie, size: random.size)
            var generator = SeededGenerator(seed: seed)
            let cut = recording.randomSlabLengths(using: &generator)
            let atOnce = recording.streamedInstances(slabLengths: [recording.frameCount], limits: limits)
            let inSlabs = recording.streamedInstances(slabLengths: cut, limits: limits)
            #expect(atOnce.summaries == inSlabs.summaries, "seed \(seed)")
            for instance in atOnce {
                #expect(instance.voxels[instance.voxels.count - 1].frame - instance.voxels[0].frame < 9)
            }
            truncatedCount += atOnce.count(where: \.isTruncated)
        }
        #expect(truncatedCount > 20)
    }

    @Test func startsOverAfterFinish() {
        let recording = LabelledRecording(course: "..PPPPP..SSS")
        var builder = InstanceBuilder(size: recording.size)
        let slab = recording.slab(0..<recording.frameCount)
        let first = builder.push(slab) + builder.finish()
        #expect(builder.frameCount == 0)
        let second = builder.push(slab) + builder.finish()
        #expect(first.count == 2)
        #expect(first.summaries == second.summaries)
    }
}

extension InstanceClosingTests.Closing {
    init(_ instance: Instance, closedAfter frame: Int?) {
        self.init(
            Int(instance.voxels[0].frame),
            Int(instance.voxels[instance.voxels.count - 1].frame),
            frame
        )
    }
}

extension LabelledRecording {
    /// A movie in which one block of 3 rows takes the class of each character: 3 px wide, waves 75 px.
    init(course: String) {
        let size = FrameSize(height: 6, width: 80)
        var classes: [UInt8] = []
        var movie: [Float] = []
        for character in course {
            let eventClass: EventClass? =
                switch character {
                case "P": .puff
                case "S": .spark
                case "W": .wave
                default: nil
                }
            let width = eventClass == .wave ? 75 : 3
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let isInside = (2...4).contains(y) && (3..<3 + width).contains(x)
                    classes.append(isInside ? eventClass?.rawValue ?? 0 : 0)
                    movie.append(isInside && eventClass != nil ? 0.02 : 0.01)
                }
            }
        }
        self.init(classes: classes, movie: movie, size: size)
    }
}
