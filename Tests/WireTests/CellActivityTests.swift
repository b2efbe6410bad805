import Detection
import Foundation
import Imaging
import Session
import Testing
import Wire

@Suite struct CellActivityTests {
    static let size = FrameSize(height: 16, width: 25)
    static let calibration = Calibration(pixelSizeMicrometres: 0.5, frameIntervalMilliseconds: 4)

    /// A cell of the first pixels, given or found in frames that are light there.
    static func cell(pixelCount: Int, isGiven: Bool = true) -> CellMask {
        let pixels = (0..<size.pixelCount).map { $0 < pixelCount }
        return CellMask(
            size: size,
            classes: [UInt8](repeating: EventClass.background, count: size.pixelCount),
            intensity: pixels.map { $0 ? 0.5 : 0.01 },
            given: isGiven ? pixels.map { $0 ? 1 : 0 } : nil
        )
    }

    static func activity(of cell: CellMask?, frameCount: Int = 500, counts: [EventClass: Int] = [:])
        -> CellActivityMessage?
    {
        CellActivity(cells: cell, frameCount: frameCount, eventCounts: [1: counts], calibration: calibration)
            .map(CellActivityMessage.init)
    }

    static func values(_ frequency: CellActivityMessage.Frequency) -> [Double] {
        [Double(frequency.events), frequency.frequency, frequency.lower, frequency.upper]
    }

    /// 200 pixels of 0.25 µm² for 500 frames of 4 ms: 100 µm² s, so that frequencies are counts.
    @Test func frequenciesAreCountsOverAreaAndTime() throws {
        let activity = try #require(Self.activity(of: Self.cell(pixelCount: 200), counts: [.spark: 5, .puff: 1]))
        #expect(activity.areaSquareMicrometres == 50)
        #expect(activity.observedSeconds == 2)
        #expect(activity.origin == .given)
        let expected = [
            "spark": [5, 5, 1.623486, 11.668332], "wave": [0, 0, 0, 3.688879], "puff": [1, 1, 0.025318, 5.571643],
        ]
        #expect(activity.frequencies.mapValues(Self.values) == expected)
        let longer = try #require(
            Self.activity(of: Self.cell(pixelCount: 200), frameCount: 5000, counts: [.spark: 5])
        )
        #expect(longer.frequencies["spark"].map(Self.values) == [5, 0.5, 0.162349, 1.166833])
    }

    @Test func itIsThisJSON() throws {
        let activity = try #require(Self.activity(of: Self.cell(pixelCount: 200), counts: [.spark: 5]))
        let json = try PlainJSON.encode(activity)
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? NSDictionary)
        let none: [String: Any] = ["events": 0, "per_100um2_per_s": 0, "low95": 0, "high95": 3.688879]
        let five: [String: Any] = ["events": 5, "per_100um2_per_s": 5, "low95": 1.623486, "high95": 11.668332]
        let expected: [String: Any] = [
            "area_um2": 50, "origin": "given", "observed_s": 2, "usable_share": NSNull(), "cell": NSNull(),
            "blank_origin": "outside", "frequencies": ["spark": five, "wave": none, "puff": none],
        ]
        #expect(object == expected as NSDictionary)
        #expect(try PlainJSON.decode(CellActivityMessage.self, from: json) == activity)
    }

    /// Rates say in how much of the time the cell moved in a way that cannot be undone, if it did.
    @Test func theUsableShareIsTold() throws {
        func message(_ share: Double?) throws -> CellActivityMessage {
            let activity = CellActivity(
                cells: Self.cell(pixelCount: 200),
                frameCount: 500,
                eventCounts: [:],
                calibration: Self.calibration,
                usableShare: share
            )
            return CellActivityMessage(try #require(activity))
        }
        #expect(try message(0.75).usableShare == 0.75)
        #expect(try message(0.75).text.hasSuffix("; usable 75.0 % of the time, the cell moved in the rest"))
        #expect(try message(1).text == message(nil).text)
    }

    /// Of old journals: without the number of the cell and where the light outside came from.
    @Test func whatOlderVersionsWroteIsRead() throws {
        let text = #"{"area_um2":50,"frequencies":{},"observed_s":2,"origin":"found"}"#
        let activity = try PlainJSON.decode(CellActivityMessage.self, from: Data(text.utf8))
        #expect(activity.usableShare == nil)
        #expect(activity.cell == nil && activity.blankOrigin == nil && activity.areaSquareMicrometres == 50)
    }

    @Test func everyCellHasItsOwn() {
        let labels = (0..<Self.size.pixelCount).map { UInt8($0 < 100 ? 1 : $0 < 300 ? 3 : 0) }
        let cells = CellMask(
            size: Self.size,
            classes: [UInt8](repeating: EventClass.background, count: Self.size.pixelCount),
            intensity: labels.map { $0 == 0 ? 0.01 : 0.5 },
            given: labels
        )
        let counts: CellActivity.EventCounts = [0: [.wave: 1], 1: [.spark: 2], 3: [.spark: 5, .puff: 1]]
        let each = CellActivity.each(of: cells, frameCount: 500, eventCounts: counts, calibration: Self.calibration)
            .map(CellActivityMessage.init)
        #expect(each.map(\.cell) == [1, 3] && each.map(\.areaSquareMicrometres) == [25, 50])
        #expect(each.map { $0.frequencies["spark"].map(Self.values)?.prefix(2) } == [[2, 4], [5, 5]])
        let whole = CellActivity(cells: cells, frameCount: 500, eventCounts: counts, calibration: Self.calibration)
        #expect(whole?.areaSquareMicrometres == 75)
        #expect(whole?.eventCounts == [.spark: 7, .wave: 1, .puff: 1])
    }

    @Test func theOriginTellsWhetherTheCellWasFound() throws {
        let found = try #require(Self.activity(of: Self.cell(pixelCount: 200, isGiven: false)))
        #expect(found.origin == .found)
        #expect(abs(found.areaSquareMicrometres - 50) < 4)
        let whole = try #require(Self.activity(of: Self.cell(pixelCount: 400, isGiven: false)))
        #expect(whole.origin == .wholeFrame && whole.areaSquareMicrometres == 100)
        #expect(whole.text.hasPrefix("100 µm² (whole frame); sparks 0.000 (0.000 to 1.844)"))
    }

    @Test func withoutACellOrFramesThereIsNone() {
        #expect(Self.activity(of: nil) == nil)
        #expect(Self.activity(of: Self.cell(pixelCount: 0)) == nil)
        #expect(Self.activity(of: Self.cell(pixelCount: 200), frameCount: 0) == nil)
    }
}
