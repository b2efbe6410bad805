import Detection
import Imaging
import TestSupport
import Testing

/// Masks are written as blocks; probabilities stand for them, so that the tracker is fed as it is in the detector.
@Suite("Provisional events: found, confirmed, taken back")
struct ProvisionalTrackerTests {
    static let size = FrameSize(height: 8, width: 100)

    /// A box of voxels of one class.
    struct Block {
        var eventClass: EventClass
        var frames: Range<Int>
        var rows = 1..<5
        var columns = 2..<10
    }

    static func mask(_ blocks: [Block], frames: Range<Int>) -> ClassMask {
        var planes = [EventClass: [Float]]()
        for eventClass in EventClass.allCases {
            planes[eventClass] = [Float](repeating: 0.01, count: frames.count * size.pixelCount)
        }
        for block in blocks {
            for frame in block.frames.clamped(to: frames) {
                for y in block.rows {
                    for x in block.columns {
                        planes[block.eventClass]?[((frame - frames.lowerBound) * size.height + y) * size.width + x] =
                            0.9
                    }
                }
            }
        }
        let probabilities = ClassProbabilities(
            spark: planes[.spark] ?? [],
            wave: planes[.wave] ?? [],
            puff: planes[.puff] ?? []
        )
        return ClassMask(probabilities, threshold: 0.5)
    }

    static func instance(_ block: Block) -> Instance {
        var voxels: [Voxel] = []
        for frame in block.frames {
            for y in block.rows {
                for x in block.columns {
                    voxels.append(
                        Voxel(
                            frame: Int32(frame),
                            y: UInt16(y),
                            x: UInt16(x),
                            intensity: 1,
                            baseline: 0.5,
                            confidence: 0.9
                        )
                    )
                }
            }
        }
        return Instance(eventClass: block.eventClass, voxels: voxels, peaks: [], isTruncated: false)
    }

    /// A tracker that has seen the blocks in slabs of eight frames, and all that it announced.
    static func track(
        _ blocks: [Block],
        frameCount: Int = 40,
        classes: Set<EventClass> = Set(EventClass.allCases)
    ) -> (tracker: ProvisionalTracker, announced: [ProvisionalEvent]) {
        var tracker = ProvisionalTracker(size: size, classes: classes, limits: InstanceLimits())
        tracker.startSegment(origin: 1000)
        var announced: [ProvisionalEvent] = []
        for start in stride(from: 0, to: frameCount, by: 8) {
            tracker.push(mask(blocks, frames: start..<start + 8), first: start)
            announced += tracker.announce(decided: 0, newestFrame: 1000 + start + 8)
        }
        return (tracker, announced)
    }

    @Test func anEventIsAnnouncedOnceItIsLargeEnoughAndAgainWhileItGrows() throws {
        let (_, announced) = Self.track([Block(eventClass: .puff, frames: 4..<20)])
        #expect(announced.map(\.number) == [1, 1])
        #expect(announced.map(\.revision) == [1, 2])
        #expect(announced.map(\.startFrame) == [1004, 1004])
        // Four frames are in the first slab: one too few for a puff.
        #expect(announced.map(\.endFrame) == [1015, 1019])
        let last = try #require(announced.last)
        #expect(last.rows == 1..<5 && last.columns == 2..<10)
        #expect(last.voxelCount == 16 * 4 * 8 && last.footprintPixelCount == 32)
        #expect(abs(last.classConfidence - 0.9) < 1e-6)
        #expect(last.centroidRow == 2.5 && last.centroidColumn == 5.5)
        #expect(last.flags == [])
    }

    @Test func onlyWatchedClassesAreAnnounced() {
        let blocks = [
            Block(eventClass: .puff, frames: 4..<20),
            Block(eventClass: .wave, frames: 4..<20, rows: 6..<8, columns: 0..<80),
        ]
        #expect(Set(Self.track(blocks).announced.map(\.eventClass)) == [.puff, .wave])
        let waves = Self.track(blocks, classes: [.wave]).announced
        #expect(Set(waves.map(\.eventClass)) == [.wave])
        #expect(waves.allSatisfy { $0.flags == [.touchesFrameBorder] })
    }

    @Test func aFinalEventTakesOverTheIdentity() {
        var (tracker, announced) = Self.track([Block(eventClass: .puff, frames: 4..<20)])
        // Shifted by one row and two frames: 3/4 of the rows, 14/16 of the frames.
        let identity = tracker.identity(of: Self.instance(Block(eventClass: .puff, frames: 6..<22, rows: 2..<6)))
        #expect(identity.number == 1 && identity.revision == announced.count + 1)
        #expect(identity.announcement == EventIdentity.Announcement(eventClass: .puff, newestFrame: 1016))
        #expect(tracker.retract(decided: 100, open: { _ in false }).isEmpty)
        #expect(tracker.finish().isEmpty)
    }

    @Test func lessThanHalfIsAnotherEvent() {
        var (tracker, _) = Self.track([Block(eventClass: .puff, frames: 4..<20)])
        // Half of the rows and 14 of 16 frames: 0.44.
        let identity = tracker.identity(of: Self.instance(Block(eventClass: .puff, frames: 6..<22, rows: 3..<7)))
        #expect(identity == EventIdentity(number: 2))
        #expect(tracker.retract(decided: 100, open: { _ in false }).map(\.number) == [1])
    }

    @Test func aChangeOfClassIsRetractedAndKeepsTheNumber() {
        var (tracker, announced) = Self.track([Block(eventClass: .spark, frames: 4..<12)])
        #expect(announced.count == 2)
        let identity = tracker.identity(of: Self.instance(Block(eventClass: .puff, frames: 4..<20)))
        #expect(identity.number == 1 && identity.revision == 4)
        let retracted = tracker.retract(decided: 100, open: { _ in false })
        #expect(retracted.map(\.reason) == [.reclassified(as: .puff)])
        #expect(retracted.map(\.revision) == [3])
        #expect(retracted.map(\.eventClass) == [.spark])
    }

    @Test func aSmallEventOfAnotherClassWithinATrackIsAnotherEvent() {
        var (tracker, _) = Self.track([Block(eventClass: .wave, frames: 4..<30, columns: 2..<90)])
        let small = tracker.identity(of: Self.instance(Block(eventClass: .puff, frames: 10..<20, columns: 2..<20)))
        #expect(small == EventIdentity(number: 2))
        let wave = tracker.identity(of: Self.instance(Block(eventClass: .wave, frames: 4..<30, columns: 20..<90)))
        #expect(wave.number == 1)
        #expect(tracker.finish().isEmpty)
    }

    @Test func partsOfOneEventAreMerged() {
        var (tracker, announced) = Self.track([
            Block(eventClass: .puff, frames: 4..<12), Block(eventClass: .puff, frames: 18..<30),
        ])
        #expect(Set(announced.map(\.number)) == [1, 2])
        let identity = tracker.identity(of: Self.instance(Block(eventClass: .puff, frames: 4..<30)))
        #expect(identity.number == 2, "the larger part")
        let retracted = tracker.retract(decided: 100, open: { _ in false })
        #expect(retracted.map(\.number) == [1])
        #expect(retracted.map(\.reason) == [.merged(into: 2)])
    }

    @Test func tracksThatGrowTogetherGoOnAsTheFirstAnnounced() {
        let bridge = Block(eventClass: .puff, frames: 20..<28, columns: 2..<40)
        var (tracker, announced) = Self.track([
            Block(eventClass: .puff, frames: 4..<20, columns: 30..<40), Block(eventClass: .puff, frames: 8..<20),
            bridge,
        ])
        #expect(announced.last?.number == 1)
        #expect(announced.last?.voxelCount == 16 * 4 * 10 + 12 * 4 * 8 + 8 * 4 * 38)
        #expect(tracker.retract(decided: 0, open: { _ in false }).map(\.reason) == [.merged(into: 1)])
    }

    @Test func ofTwoFinalEventsInOneTrackTheSecondIsNew() {
        var (tracker, _) = Self.track([Block(eventClass: .spark, frames: 4..<12, columns: 2..<20)])
        let first = tracker.identity(of: Self.instance(Block(eventClass: .spark, frames: 4..<12, columns: 2..<11)))
        let second = tracker.identity(of: Self.instance(Block(eventClass: .spark, frames: 4..<12, columns: 11..<20)))
        #expect(first.number == 1 && first.announcement != nil)
        #expect(second == EventIdentity(number: 2))
    }

    @Test func whatGoesOnBehindAFinalEventIsAnEventOfItsOwn() {
        let (grown, _) = Self.track([Block(eventClass: .puff, frames: 4..<40)])
        var tracker = grown
        _ = tracker.identity(of: Self.instance(Block(eventClass: .puff, frames: 4..<24)))
        tracker.push(Self.mask([Block(eventClass: .puff, frames: 40..<48)], frames: 40..<48), first: 40)
        let announced = tracker.announce(decided: 24, newestFrame: 1048)
        #expect(announced.map(\.number) == [2])
        #expect(announced.map(\.startFrame) == [1024])
    }

    @Test func nothingIsTakenBackBeforeItIsDecided() {
        var (tracker, _) = Self.track([Block(eventClass: .puff, frames: 4..<20)])
        #expect(tracker.retract(decided: 19, open: { _ in false }).isEmpty)
        var asked: [BoundingBox] = []
        let whileOpen = tracker.retract(decided: 20) { box in
            asked.append(box)
            return true
        }
        #expect(whileOpen.isEmpty)
        #expect(asked.map(\.frames) == [4...19])
        #expect(tracker.retract(decided: 20, open: { _ in false }).map(\.reason) == [.notConfirmed])
        #expect(tracker.retract(decided: 20, open: { _ in false }).isEmpty)
    }

    @Test func theEndOfASegmentTakesBackTheRestAndNumbersGoOn() {
        var (tracker, _) = Self.track([
            Block(eventClass: .puff, frames: 4..<20), Block(eventClass: .puff, frames: 30..<40, columns: 30..<40),
        ])
        #expect(tracker.finish().map(\.number).sorted() == [1, 2])
        tracker.startSegment(origin: 5000)
        tracker.push(Self.mask([Block(eventClass: .puff, frames: 0..<8)], frames: 0..<8), first: 0)
        let announced = tracker.announce(decided: 0, newestFrame: 5007)
        #expect(announced.map(\.number) == [3])
        #expect(announced.map(\.startFrame) == [5000])
        #expect(announced.map(\.flags) == [[.startsBeforeRecording]])
    }

    @Test func whatIsDecidedAlreadyIsNotAnnounced() {
        var tracker = ProvisionalTracker(size: Self.size, classes: [.puff], limits: InstanceLimits())
        tracker.startSegment(origin: 0)
        tracker.push(Self.mask([Block(eventClass: .puff, frames: 4..<12)], frames: 0..<20), first: 0)
        #expect(tracker.announce(decided: 12, newestFrame: 20).isEmpty)
        #expect(tracker.announce(decided: 11, newestFrame: 20).count == 1)
    }

    /// Three sparks in every row of blocks, frame after frame, and none becomes final.
    @Test func theNumberOfAnnouncedEventsIsBounded() {
        let size = FrameSize(height: 200, width: 200)
        var tracker = ProvisionalTracker(size: size, classes: [.spark], limits: InstanceLimits())
        tracker.startSegment(origin: 0)
        var spark = [Float](repeating: 0, count: 2 * size.pixelCount)
        for index in spark.indices where index / size.width % size.height % 5 < 3 && index % size.width % 5 < 3 {
            spark[index] = 0.9
        }
        let none = [Float](repeating: 0, count: spark.count)
        let mask = ClassMask(ClassProbabilities(spark: spark, wave: none, puff: none), threshold: 0.5)
        tracker.push(mask, first: 0)
        #expect(tracker.announce(decided: 0, newestFrame: 1).count == ProvisionalTracker.mostAnnounced)
        #expect(tracker.announce(decided: 0, newestFrame: 1).isEmpty)
        #expect(tracker.finish().count == ProvisionalTracker.mostAnnounced)
    }

    /// A front that moves by three columns a frame to the right, and for eight frames by one to the left.
    @Test func theSpeedIsThatOfTheFasterEdge() throws {
        let blocks = (0..<30).map { frame in
            Block(eventClass: .wave, frames: frame..<frame + 1, columns: max(0, 8 - frame)..<min(100, 20 + 3 * frame))
        }
        let (_, announced) = Self.track(blocks, frameCount: 24)
        let front = try #require(announced.last?.front)
        #expect(abs(front.pixelsPerFrame - 3) < 1e-9)
        #expect(front.direction == .right)
        #expect(front.pixelsPerFrameRange.contains(3))
    }
}
