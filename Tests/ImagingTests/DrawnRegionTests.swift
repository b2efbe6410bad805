import Foundation
import Imaging
import TestSupport
import Testing

/// What lies in a region that somebody drew, and what is none.
@Suite("Drawn regions")
struct DrawnRegionTests {
    private static func polygon(_ corners: [[Double]]) throws -> DrawnRegion {
        try DrawnRegion(name: "p", rectangle: nil, polygon: corners)
    }

    @Test func aRectangleHoldsThePixelsWhoseCentresLieInIt() throws {
        let region = try DrawnRegion(name: " left end ", rectangle: [2, 3, 5, 10.4], polygon: nil)
        #expect(region.name == "left end")
        #expect(region.contains(centroidRow: 2, column: 3) && region.contains(centroidRow: 4, column: 9))
        #expect(!region.contains(centroidRow: 5, column: 3) && !region.contains(centroidRow: 2, column: 10))
        #expect(region.pixelCount(in: FrameSize(height: 64, width: 512)) == 3 * 7)
        // Of a smaller frame it holds what is there.
        #expect(region.pixelCount(in: FrameSize(height: 3, width: 5)) == 1 * 2)
        #expect(region.pixelCount(in: FrameSize(height: 2, width: 512)) == 0)
    }

    /// A grid of regions, some with slanted borders, holds every place once.
    @Test func regionsSideBySideShareNoPlace() throws {
        let regions = [
            try Self.polygon([[0, 0], [0, 10.25], [20, 4.75], [20, 0]]),
            try Self.polygon([[0, 10.25], [0, 30], [20, 30], [20, 4.75]]),
            try DrawnRegion(name: "below", rectangle: [20, 0, 32, 30], polygon: nil),
        ]
        for row in 0..<32 {
            for column in 0..<30 {
                #expect(regions.count { $0.contains(centroidRow: Double(row), column: Double(column)) } == 1)
            }
        }
        let size = FrameSize(height: 32, width: 30)
        #expect(regions.reduce(0) { $0 + $1.pixelCount(in: size) } == size.pixelCount)
    }

    /// Counting by rows is counting pixel by pixel, whatever the shape; the area is the shoelace formula's where nothing
    /// crosses and little lies on the border.
    @Test func pixelsAreCountedAsTheyAreHeld() throws {
        var generator = SeededGenerator(seed: 24)
        let size = FrameSize(height: 40, width: 60)
        for _ in 0..<200 {
            let corners = (0..<Int.random(in: 3...12, using: &generator)).map { _ in
                [
                    Double.random(in: 0...50, using: &generator).rounded(decimals: 1) ?? 0,
                    Double.random(in: 0...70, using: &generator).rounded(decimals: 1) ?? 0,
                ]
            }
            let region = try Self.polygon(corners)
            let held = (0..<size.pixelCount).count { pixel in
                region.contains(centroidRow: Double(pixel / size.width), column: Double(pixel % size.width))
            }
            #expect(region.pixelCount(in: size) == held, "\(corners)")
        }
        let circle = Self.round(100, step: .pi / 50, centre: 100, radius: 80)
        let count = try Self.polygon(circle).pixelCount(in: FrameSize(height: 200, width: 200))
        let area: Double = 50 * 80 * 80 * sin(.pi / 50)
        #expect(abs(Double(count) - area) < 100)
    }

    /// Points on a circle, each so many radians from the last.
    private static func round(_ count: Int, step: Double, centre: Double, radius: Double) -> [[Double]] {
        (0..<count).map { index in
            let angle = Double(index) * step
            return [centre + radius * cos(angle), centre + radius * sin(angle)]
        }
    }

    @Test func whereAPolygonCrossesItselfTheMiddleIsOutside() throws {
        let star = try Self.polygon(Self.round(5, step: 0.8 * .pi, centre: 50, radius: 40))
        #expect(!star.contains(y: 50, x: 50) && star.contains(y: 85, x: 50))
    }

    @Test(arguments: [
        ("", [0, 0, 1, 1]), ("two\nlines", [0, 0, 1, 1]), (String(repeating: "x", count: 41), [0, 0, 1, 1]),
        ("r", [0, 0, 1]), ("r", [5, 0, 5, 9]), ("r", [0, 9, 5, 3]), ("r", [-1, 0, 5, 9]), ("r", [0, 0, 1e9, 5]),
        ("r", [0, 0, .nan, 5]), ("r", [0, 0, .infinity, 5]),
    ])
    func othersAreNoRectangles(name: String, box: [Double]) {
        #expect(throws: RegionError.self) { try DrawnRegion(name: name, rectangle: box, polygon: nil) }
    }

    @Test func polygonsHaveCornersEnoughAndNotTooMany() {
        for count in [0, 2, 101] {
            let corners = (0..<count).map { [Double($0), Double($0 * $0 % 7)] }
            #expect(throws: RegionError.self) { try Self.polygon(corners) }
        }
        #expect(throws: RegionError.self) { try Self.polygon([[0, 0], [0, 5, 7], [5, 5]]) }
        #expect(throws: RegionError.self) {
            try DrawnRegion(name: "both", rectangle: [0, 0, 1, 1], polygon: [[0, 0], [0, 5], [5, 5]])
        }
        #expect(throws: RegionError.self) { try DrawnRegion(name: "neither", rectangle: nil, polygon: nil) }
    }

    // MARK: Files

    private static func file(_ text: String) throws -> [DrawnRegion] {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: URL(filePath: folder.path("regions.json5")))
        return try RegionFile(path: folder.path("regions.json5")).regions
    }

    @Test func aFileIsReadAndWrittenWithoutLoss() throws {
        let text = """
            { regions: [ // of cell 3
                { name: "left end", rectanglePx: [0, 0, 64, 120.1] },
                { name: 'nucleus', polygonPx: [[20, 200], [20.3, 240], [44, 220.7]] },
            ] }
            """
        let regions = try Self.file(text)
        #expect(regions.map(\.name) == ["left end", "nucleus"])
        #expect(regions[0].rectangle == [0, 0, 64, 120.1] && regions[1].polygon?.count == 3)
        #expect(try Self.file(String(decoding: RegionFile(regions).json, as: UTF8.self)) == regions)
    }

    @Test(arguments: [
        ("{}", "'regions'"), ("{ regions: [{ name: 'a', rectangle: [0, 0, 1, 1] }] }", "unknown key 'rectangle'"),
        ("{ regions: [{ name: 'a' }] }", "needs a rectangle"), ("[1, 2]", "does not hold regions"),
        (
            "{ regions: [{ name: 'a', rectanglePx: [0, 0, 1, 1] }, { name: ' a', rectanglePx: [0, 0, 2, 2] }] }",
            "two regions are called 'a'"
        ),
        (
            "{ regions: [" + (0..<33).map { "{ name: '\($0)', rectanglePx: [0, 0, 1, 1] }" }.joined(separator: ",")
                + "] }", "33 regions"
        ),
    ])
    func whatIsWrongIsNamed(text: String, reason: String) {
        let error = #expect(throws: RegionError.self) { try Self.file(text) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        #expect(error?.description.contains("regions.json5") == true)
    }

    @Test func changesKeepTheOrderAndTheLimit() throws {
        let regions = try (0..<32).map { try DrawnRegion(name: "\($0)", rectangle: [0, 0, 1, 1], polygon: nil) }
        let other = try DrawnRegion(name: "5", rectangle: [0, 0, 9, 9], polygon: nil)
        #expect(RegionChange.draw(other).applied(to: regions)?[5] == other)
        #expect(RegionChange.remove(name: "5").applied(to: regions)?.count == 31)
        let another = try DrawnRegion(name: "33", rectangle: [0, 0, 9, 9], polygon: nil)
        #expect(RegionChange.draw(another).applied(to: regions) == nil)
        #expect(RegionChange.remove(name: "33").applied(to: regions) == nil)
        #expect(RegionChange.draw(regions[3]).applied(to: regions) == nil, "it changes nothing")
    }
}
