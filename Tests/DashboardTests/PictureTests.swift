import Dashboard
import Foundation
import Imaging
import TestSupport
import Testing

/// Pictures as the page decodes them.
@Suite("Pictures for the page")
struct PictureTests {
    private func picture(_ pixels: [Float], _ maker: inout PreviewMaker, frame: Int = 7) -> Data {
        pixels.withUnsafeBufferPointer { maker.picture(of: $0, frame: frame, arrivedMilliseconds: 12.5, series: 3) }
    }

    private func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int, in data: Data) -> Number {
        Number(littleEndian: data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) })
    }

    private func range(of data: Data) -> (low: Float, high: Float) {
        let bits = [32, 36].map { number(UInt32.self, at: $0, in: data) }
        return (Float(bitPattern: bits[0]), Float(bitPattern: bits[1]))
    }

    @Test func decodedCountsAreThoseOfTheFrameWithinHalfACode() {
        var generator = SeededGenerator(seed: 5)
        let size = FrameSize(height: 9, width: 31)
        let pixels = (0..<size.pixelCount).map { _ in Float.random(in: 100...9000, using: &generator) }
        var maker = PreviewMaker(size: size, frameIntervalMilliseconds: 6.8, imagesPerSecond: 30)
        let data = picture(pixels, &maker)
        #expect(maker.binning == 1 && maker.frameStep == 5)
        #expect(data.count == 40 + size.pixelCount && data[0] == 1)
        #expect(number(UInt16.self, at: 4, in: data) == 31 && number(UInt16.self, at: 6, in: data) == 9)
        #expect(number(UInt32.self, at: 8, in: data) == 3)
        #expect(Double(bitPattern: number(UInt64.self, at: 16, in: data)) == 7)
        let (low, high) = range(of: data)
        #expect(low <= pixels.min()! && high >= pixels.max()!)
        for (code, count) in zip(data[40...], pixels) {
            let root = ((count - low) / (high - low)).squareRoot()
            let deviation = abs(Float(code) - 255 * root)
            #expect(deviation <= 0.51)
        }
    }

    @Test func largeFramesBecomeMeansOfBlocks() {
        let size = FrameSize(height: 1030, width: 1024)
        let pixels = (0..<size.pixelCount).map { index -> Float in
            let (row, column) = index.quotientAndRemainder(dividingBy: 1024)
            return Float(row / 2 + column / 2)
        }
        var maker = PreviewMaker(size: size, frameIntervalMilliseconds: 50, imagesPerSecond: 30)
        let data = picture(pixels, &maker)
        #expect(maker.binning == 3 && maker.frameStep == 1)
        let pixelCount = 343 * 341
        #expect(data.count == 40 + pixelCount)
        let (low, high) = range(of: data)
        var sum: Float = 0
        for row in 300..<303 {
            for column in 600..<603 { sum += pixels[row * 1024 + column] }
        }
        let code = data[40 + 100 * 341 + 200]
        let share = Float(code) / 255
        let counts = low + (high - low) * share * share
        #expect(abs(counts - sum / 9) < 5)
    }

    @Test func theRangeGrowsAtOnceAndShrinksSlowly() {
        var range = DisplayRange(lowest: 100, highest: 200)
        range.include(lowest: 50, highest: 400)
        #expect(range.low == 50 && range.high == 400)
        range.include(lowest: 100, highest: 200)
        #expect(range.low > 50 && range.low < 60 && range.high < 400 && range.high > 390)
        for _ in 0..<1000 { range.include(lowest: 100, highest: 200) }
        #expect(abs(range.low - 100) < 1 && abs(range.high - 200) < 1)
    }

    @Test func aDarkFrameHasADarkPicture() {
        var maker = PreviewMaker(
            size: FrameSize(height: 2, width: 2),
            frameIntervalMilliseconds: 1,
            imagesPerSecond: 30
        )
        let codes = Array(picture([0, 0, 0, 0], &maker)[40...])
        #expect(codes == [0, 0, 0, 0])
    }
}
