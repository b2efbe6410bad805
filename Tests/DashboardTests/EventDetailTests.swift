import Dashboard
import Detection
import Foundation
import Imaging
import Testing

/// Outlines, traces and class masks as the page gets them.
@Suite("What goes with an event")
struct EventDetailTests {
    private let size = FrameSize(height: 12, width: 20)

    private func tiles(frames: Range<Int>) -> TileHistory {
        var tiles = TileHistory(size: size, pixelSizeMicrometres: 0.2)
        for frame in frames {
            let pixels = (0..<size.pixelCount).map { Float(frame * 1000 + $0) }
            pixels.withUnsafeBufferPointer { tiles.record($0, frame: frame) }
        }
        return tiles
    }

    @Test func aTraceIsTheMeanOfTheTileAroundTheCentre() {
        let tiles = tiles(frames: 30..<80)
        let box = tiles.box(row: 11, column: 7)
        #expect(box == [10, 5, 12, 10])
        let trace = tiles.trace(row: 11, column: 7, frames: 28..<32)
        let sum: Int = (5..<10).reduce(0) { $0 + 200 + $1 + 220 + $1 }
        let mean = Float(sum) / 10
        #expect(trace == [nil, nil, 30000 + mean, 31000 + mean])
    }

    @Test func framesThatAreLongPastAreForgottenInFixedMemory() {
        let tiles = tiles(frames: 0..<5000)
        #expect(tiles.trace(row: 0, column: 0, frames: 5000 - 4096..<5000).allSatisfy { $0 != nil })
        #expect(tiles.trace(row: 0, column: 0, frames: 0..<900).allSatisfy { $0 == nil })
    }

    @Test func aFootprintIsTheRunsOfAllPixelsEverCovered() throws {
        let positions: [(Int, Int, Int)] = [(40, 3, 7), (40, 3, 8), (41, 2, 7), (42, 3, 6), (42, 3, 7), (43, 3, 11)]
        let voxels = positions.map {
            Voxel(frame: Int32($0.0), y: UInt16($0.1), x: UInt16($0.2), intensity: 1, baseline: 0, confidence: 1)
        }
        let instance = Instance(eventClass: .spark, voxels: voxels, peaks: [], isTruncated: false)
        let detail = EventDetail(of: Samples.event, instance: instance, tiles: tiles(frames: 0..<130))
        #expect(detail.footprint == [2, 7, 8, 3, 6, 9, 3, 11, 12])
        let trace = try #require(detail.trace)
        #expect(trace.firstFrame == 0 && trace.frameStep == 1 && trace.counts.count == 111)
        let json = try PlainJSON.encode(detail)
        #expect(String(decoding: json, as: UTF8.self).contains(#""page":"detail""#))
    }

    @Test func classMasksAreRunsOfTheFramesThatAreShown() {
        var classes = [UInt8](repeating: 0, count: 3 * size.pixelCount)
        for x in 4..<9 { classes[size.pixelCount + 2 * 20 + x] = 1 }
        for x in 9..<11 { classes[size.pixelCount + 2 * 20 + x] = 2 }
        classes[2 * size.pixelCount] = 3
        let data = ClassOverlay.message(of: classes, frames: 100..<103, size: size) { $0 == 101 }
        var numbers: [UInt16] = []
        for offset in stride(from: 32, to: data.count, by: 2) {
            let bytes = data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self) }
            numbers.append(UInt16(littleEndian: bytes))
        }
        #expect(data.count == 48)
        #expect(data[0] == 2 && data[4] == 1)
        let expected: [UInt16] = [2, 4, 9, 1, 2, 9, 11, 2]
        #expect(numbers == expected)
    }
}
