import Detection
import Imaging
import TestSupport
import Testing

/// Regions that grow from a click, and events that are divided.
struct GrowthFieldTests {
    private let size = FrameSize(height: 24, width: 60)
    private let frameCount = 40

    /// A movie of Gaussian transients of height 1 at places.
    private func field(_ peaks: [VoxelPosition]) -> GrowthField {
        var values = [Float](repeating: 0, count: frameCount * size.pixelCount)
        for index in values.indices {
            let (frame, pixel) = index.quotientAndRemainder(dividingBy: size.pixelCount)
            let (y, x) = pixel.quotientAndRemainder(dividingBy: size.width)
            for peak in peaks {
                let distance = Float(
                    (frame - peak.frame) * (frame - peak.frame) + (y - peak.y) * (y - peak.y)
                        + (x - peak.x) * (x - peak.x)
                )
                values[index] = max(values[index], 1 - distance / 100)
            }
        }
        return GrowthField(values: values, size: size)
    }

    @Test func aRegionHoldsWhatIsAboveItsShareAndHangsTogether() throws {
        let (one, far) = (VoxelPosition(frame: 20, y: 12, x: 15), VoxelPosition(frame: 20, y: 12, x: 45))
        let field = field([one, far])
        // A click beside the peak means the peak.
        let region = try field.region(around: VoxelPosition(frame: 19, y: 13, x: 16), share: 0.75)
        var expected = 0
        for dt in -5...5 {
            for dy in -5...5 { for dx in -5...5 where dt * dt + dy * dy + dx * dx <= 25 { expected += 1 } }
        }
        #expect(region.voxelCount == expected)
        #expect(region.contains(frame: 20, y: 12, x: 20) && !region.contains(frame: 20, y: 12, x: 45))
        #expect(try field.region(around: one, share: 1).voxelCount == 1)
    }

    @Test func nothingGrowsWhereNothingIs() {
        let field = field([VoxelPosition(frame: 20, y: 12, x: 15)])
        #expect(throws: GrowthError.noPeak) {
            try field.region(around: VoxelPosition(frame: 2, y: 2, x: 55), share: 0.5)
        }
        for place in [(-1, 0, 0), (40, 0, 0), (0, 24, 0), (0, 0, 60), (.max, .min, 3)] {
            #expect(throws: GrowthError.noPeak) {
                try field.region(around: VoxelPosition(frame: place.0, y: place.1, x: place.2), share: 0.5)
            }
        }
    }

    @Test func twoPeaksAreDividedInTheMiddle() throws {
        let (one, other) = (VoxelPosition(frame: 20, y: 12, x: 20), VoxelPosition(frame: 20, y: 12, x: 32))
        let field = field([one, other])
        let mask = try field.region(around: one, share: 0.4)
        #expect(mask.contains(frame: 20, y: 12, x: 32))
        let part = try field.part(of: mask, at: other)
        #expect(part.contains(frame: 20, y: 12, x: 32) && !part.contains(frame: 20, y: 12, x: 20))
        #expect(part.subtracting(mask).isEmpty)
        let share = Double(part.voxelCount) / Double(mask.voxelCount)
        #expect((0.4...0.6).contains(share), "\(share)")
    }

    @Test func aSingleVoxelCannotBeDivided() {
        let place = VoxelPosition(frame: 20, y: 12, x: 20)
        let mask = VoxelRuns([.init(frame: 20, y: 12, start: 20, end: 21)])
        #expect(throws: GrowthError.noPeak) { try field([place]).part(of: mask, at: place) }
    }

    /// The change in light is relative to what rests in every pixel.
    @Test func changeIsRelativeToRest() throws {
        var generator = SeededGenerator(seed: 8)
        var counts = (0..<frameCount * size.pixelCount).map { index -> Float in
            let x = index % size.width
            return 100 + Float(10 * x) + .random(in: -1...1, using: &generator)
        }
        for frame in 18..<23 {
            for y in 8..<16 { for x in 26..<34 { counts[(frame * size.height + y) * size.width + x] *= 2 } }
        }
        let field = GrowthField(changeOf: counts, size: size, calibration: .published)
        let region = try field.region(around: VoxelPosition(frame: 20, y: 12, x: 30), share: 0.5)
        let box = try #require(region.box)
        #expect((16...19).contains(box.frames.lowerBound) && (22...25).contains(box.frames.upperBound))
        #expect((6...9).contains(box.rows.lowerBound) && (25...28).contains(box.columns.lowerBound))
        #expect((15...18).contains(box.rows.upperBound) && (32...36).contains(box.columns.upperBound))
    }
}
