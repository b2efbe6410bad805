import Detection
import Imaging
import TestSupport
import Testing

@Suite struct CellMaskTests {
    static let size = FrameSize(height: 32, width: 80)
    static let outside: Float = 0.002
    static let inside: Float = 0.02

    /// True within the cell of the pictures: 20 of 32 rows, all columns.
    static func isCell(_ pixel: Int) -> Bool { (6..<26).contains(pixel / size.width) }

    /// Noisy frames of a bright cell in dark surroundings, `[t][y][x]`.
    static func movie(frameCount: Int = 20, seed: UInt64 = 3) -> [Float] {
        var random = SeededGenerator(seed: seed)
        return (0..<frameCount * size.pixelCount).map { index in
            (isCell(index % size.pixelCount) ? inside : outside) * Float.random(in: 0.7...1.3, using: &random)
        }
    }

    static func background(_ movie: [Float]) -> [UInt8] {
        [UInt8](repeating: EventClass.background, count: movie.count)
    }

    @Test func aBrightCellInTheDarkIsFound() {
        let movie = Self.movie()
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        let trueCount = (0..<Self.size.pixelCount).count(where: Self.isCell)
        #expect(abs(Double(cell.pixelCount) / Double(trueCount) - 1) < 0.03)
        #expect(cell.pixelCount == cell.labels.count { $0 != 0 })
        #expect(cell.cells.map(\.number) == [1] && cell.cells.first?.blank == cell.blank)
        #expect(cell.labels.indices.count { (cell.labels[$0] != 0) != Self.isCell($0) } <= 2 * Self.size.width)
        #expect(abs(cell.blank.light / Self.outside - 1) < 0.15)
        #expect(!cell.isGiven)
    }

    @Test(arguments: [0, 0.1, 1.0 / 3, 0.7] as [Float])
    func aUniformFrameIsAllCell(level: Float) {
        let movie = [Float](repeating: level, count: 3 * Self.size.pixelCount)
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        #expect(cell.pixelCount == Self.size.pixelCount && cell.labels.allSatisfy { $0 == 1 })
        #expect(cell.blank.light == 0)
    }

    /// Both parts are even, so that they separate perfectly: the lighter one counts only if it is much lighter.
    @Test(arguments: [(0.95, true), (0.85, true), (0.7, false), (0.1, false)] as [(Float, Bool)])
    func whatIsLittleDarkerIsPartOfTheCell(share: Float, isAllCell: Bool) {
        let frame = (0..<Self.size.pixelCount).map { Self.isCell($0) ? Self.inside : share * Self.inside }
        let cell = CellMask(size: Self.size, classes: Self.background(frame), intensity: frame)
        #expect((cell.pixelCount == Self.size.pixelCount) == isAllCell)
        #expect(abs(cell.blank.light - (isAllCell ? 0 : share * Self.inside)) < 1e-6)
    }

    @Test func aFrameOfNoiseIsAllCell() {
        var random = SeededGenerator(seed: 8)
        let movie = (0..<10 * Self.size.pixelCount).map { _ in Float.random(in: 0.01...0.03, using: &random) }
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        #expect(cell.pixelCount == Self.size.pixelCount)
        #expect(cell.blank.light == 0 && !cell.blank.isSeen)
    }

    @Test func aGivenMaskIsTakenAsItIs() {
        let movie = Self.movie()
        let given = (0..<Self.size.pixelCount).map { Self.isCell($0) && $0 % 3 != 0 ? UInt8(1) : 0 }
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie, given: given)
        #expect(cell.isGiven)
        #expect(cell.labels == given)
        #expect(cell.pixelCount == given.count { $0 != 0 })
        #expect(abs(cell.blank.light / Self.outside - 1) < 0.15)
    }

    @Test func withoutADarkerOutsideAGivenMaskHasNoBlankLevel() {
        let movie = Self.movie()
        let all = [UInt8](repeating: 1, count: Self.size.pixelCount)
        let inverse = all.indices.map { Self.isCell($0) ? UInt8(0) : 1 }
        for given in [all, inverse] {
            let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie, given: given)
            #expect(!cell.blank.isSeen && cell.blank.error > 0)
            #expect(cell.labels == given)
        }
    }

    /// Frames of a cell with shot noise above an offset, whose smallest count is the dark level 0.
    private static func shotNoise(
        offset: Float,
        photons: Float,
        picture: (_ y: Int, _ x: Int) -> Float
    ) -> [Float] {
        var random = SeededGenerator(seed: 21)
        return (0..<64 * size.pixelCount).map { index in
            let (y, x) = (index % size.pixelCount / size.width, index % size.width)
            let mean = photons * picture(y, x)
            let normal = (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &random) }
            return max(0, offset + 0.001 * (mean + mean.squareRoot() * normal))
        }
    }

    /// The light of a cell that fills the frame is far above its dark level, and none of it is outside.
    @Test func noiseTellsWhatNoLightIsWhereTheCellFillsTheFrame() {
        // Every pixel has a light of its own, from 0.7 to 1.
        let movie = Self.shotNoise(offset: 0.004, photons: 40) { y, x in 0.7 + 0.3 * Float((y * 37 + x * 61) % 97) / 96
        }
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        #expect(cell.pixelCount == Self.size.pixelCount && !cell.blank.isSeen)
        // No light is 0.004, and a tenth of the cell's 0.034 is added.
        #expect(abs(cell.blank.light - 0.0074) < 0.003, "\(cell.blank)")
        #expect(abs(cell.blank.error - 0.0017) < 0.0004, "\(cell.blank)")
    }

    /// A dim half of a cell is as wide as an outside, but too light.
    @Test(arguments: [(0.08, true), (0.5, false)] as [(Float, Bool)])
    func whatIsTooLightIsNoOutsideForCertain(share: Float, isSeen: Bool) {
        let movie = Self.shotNoise(offset: 0.004, photons: 40) { y, _ in y < 12 ? share : 1 }
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        #expect(cell.blank.isSeen == isSeen)
        #expect(abs(cell.blank.light - (0.004 + 0.04 * share)) < 0.002, "\(cell.blank)")
        #expect(isSeen ? cell.blank.error < 0.002 : abs(cell.blank.error - 0.01) < 0.002, "\(cell.blank)")
    }

    @Test func eventsAreLeftOutOfTheMean() {
        let quiet = Self.movie()
        var (movie, classes) = (quiet, Self.background(quiet))
        for frame in 0..<10 {
            for y in 0..<4 {
                for x in 10..<40 {
                    let index = (frame * Self.size.height + y) * Self.size.width + x
                    movie[index] = 0.1
                    classes[index] = EventClass.puff.rawValue
                }
            }
        }
        let expected = CellMask(size: Self.size, classes: Self.background(quiet), intensity: quiet)
        let labelled = CellMask(size: Self.size, classes: classes, intensity: movie)
        let unlabelled = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        #expect(labelled.labels == expected.labels)
        #expect(unlabelled.pixelCount > expected.pixelCount + 90)
    }

    @Test func pixelsThatAreNotFiniteDoNotSpread() {
        let whole = Self.movie()
        var movie = whole
        // A dead pixel inside, one outside, and a frame that is lost.
        for frame in 0..<20 {
            movie[frame * Self.size.pixelCount + 16 * Self.size.width + 40] = .nan
            movie[frame * Self.size.pixelCount + 2 * Self.size.width + 40] = .infinity
        }
        for pixel in 0..<Self.size.pixelCount { movie[7 * Self.size.pixelCount + pixel] = .nan }
        let expected = CellMask(size: Self.size, classes: Self.background(whole), intensity: whole)
        let cell = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie)
        #expect(abs(cell.pixelCount - expected.pixelCount) <= 9)
        #expect(abs(cell.blank.light / Self.outside - 1) < 0.2)
    }

    @Test func slabByTheSlabItIsTheCellOfAllFramesAtOnce() {
        let movie = Self.movie(frameCount: 48)
        let classes = Self.background(movie)
        var history = LabelHistory(size: Self.size, capacity: 8)
        let baseline = [Float](repeating: Self.inside, count: 8 * Self.size.pixelCount)
        #expect(history.cells == nil)
        for first in stride(from: 0, to: movie.count, by: baseline.count) {
            let slab = first..<first + baseline.count
            history.append(classes: Array(classes[slab]), intensity: Array(movie[slab]), baseline: baseline)
        }
        #expect(history.cells == CellMask(size: Self.size, classes: classes, intensity: movie))
    }

    /// Two cells of 20 rows with a dark gap between them, and a speck in it.
    private static func twoCells(gap: Range<Int>, speck: Bool = false, light: (_ x: Int) -> Float = { _ in outside })
        -> CellMask
    {
        var random = SeededGenerator(seed: 8)
        let movie = (0..<20 * size.pixelCount).map { index in
            let pixel = index % size.pixelCount
            let (y, x) = (pixel / size.width, pixel % size.width)
            let isSpeck = speck && (14..<17).contains(y) && (gap.lowerBound + 8..<gap.lowerBound + 11).contains(x)
            let isLight = isCell(pixel) && !gap.contains(x) || isSpeck
            return (isLight ? inside : light(x)) * Float.random(in: 0.7...1.3, using: &random)
        }
        return CellMask(size: size, classes: background(movie), intensity: movie)
    }

    @Test func cellsThatLieApartAreToldApart() {
        let two = Self.twoCells(gap: 30..<50)
        #expect(two.cells.map(\.number) == [1, 2])
        #expect(two.labels[16 * Self.size.width + 10] == 1 && two.labels[16 * Self.size.width + 70] == 2)
        #expect(two.cells.reduce(0) { $0 + $1.pixelCount } == two.pixelCount)
        // Smoothing over three pixels fills a gap of one.
        #expect(Self.twoCells(gap: 40..<41).cells.map(\.number) == [1])
        // What is small belongs to the next cell.
        let speck = Self.twoCells(gap: 25..<60, speck: true)
        #expect(speck.cells.map(\.number) == [1, 2])
        #expect(speck.labels[15 * Self.size.width + 34] == 1)
    }

    @Test func everyCellHasTheLightNextToIt() {
        let two = Self.twoCells(gap: 30..<50) { $0 < 36 ? Self.outside : 2 * Self.outside }
        let blank = two.cells.map { $0.blank.light / Self.outside }
        #expect(abs(blank[0] - 1) < 0.2 && abs(blank[1] - 2) < 0.3, "\(blank)")
        let given = (0..<Self.size.pixelCount).map { pixel -> UInt8 in
            let x = pixel % Self.size.width
            return !Self.isCell(pixel) || (30..<50).contains(x) ? 0 : x < 30 ? 4 : 2
        }
        var random = SeededGenerator(seed: 9)
        let movie = (0..<20 * Self.size.pixelCount).map { index in
            let pixel = index % Self.size.pixelCount
            let dark = pixel % Self.size.width < 36 ? Self.outside : 2 * Self.outside
            return (given[pixel] == 0 ? dark : Self.inside) * Float.random(in: 0.7...1.3, using: &random)
        }
        let cells = CellMask(size: Self.size, classes: Self.background(movie), intensity: movie, given: given)
        #expect(cells.isGiven && cells.cells.map(\.number) == [2, 4])
        let light = cells.cells.map { $0.blank.light / Self.outside }
        #expect(abs(light[0] - 2) < 0.3 && abs(light[1] - 1) < 0.2, "\(light)")
    }
}
