package import Foundation
package import Imaging

/// Makes pictures for the page out of some of the frames: 8 bits, and large frames in fewer pixels.
package struct PreviewMaker {
    package let size: FrameSize
    /// Every how many frames a picture is made.
    package let frameStep: Int
    /// Pixels along each side that become one.
    package let binning: Int

    private var range: DisplayRange?
    /// Whether all pictures are on the scale that is known in advance.
    private let isRangeFixed: Bool
    private var means: [Float] = []

    /// Most pixels of a picture.
    private static let pixelLimit = 512 * 512

    /// - Parameters:
    ///   - size: Size of the frames.
    ///   - frameIntervalMilliseconds: Time from frame to frame.
    ///   - imagesPerSecond: Pictures per second of recording, at most.
    package init(size: FrameSize, frameIntervalMilliseconds: Double, imagesPerSecond: Double) {
        self.size = size
        frameStep = max(
            1,
            min(Int(UInt16.max), Int(saturating: (1000 / imagesPerSecond / frameIntervalMilliseconds).rounded(.up)))
        )
        isRangeFixed = false
        binning = Self.binning(of: size)
    }

    /// Pictures of a movie that is known as a whole, each frame by itself and all on one scale.
    ///
    /// - Parameters:
    ///   - size: Size of the frames.
    ///   - lowest: The lowest count of all frames.
    ///   - highest: The highest one.
    package init(size: FrameSize, lowest: Float, highest: Float) {
        self.size = size
        frameStep = 1
        isRangeFixed = true
        range = DisplayRange(lowest: lowest, highest: highest)
        binning = Self.binning(of: size)
    }

    private static func binning(of size: FrameSize) -> Int {
        var binning = 1
        while (size.height / binning) * (size.width / binning) > pixelLimit { binning += 1 }
        return min(binning, size.height, size.width)
    }

    /// The picture of a frame as the page reads it, little-endian: 1, binning, frames from picture to picture (2
    /// bytes), width and height (2 bytes each), number of the series (4), 4 unused, frame index (double), time of arrival in ms since 1970 (double), lowest
    /// and highest count (float each), pixels `[y][x]`.
    ///
    /// - Complexity: O(pixels)
    package mutating func picture(
        of pixels: UnsafeBufferPointer<Float>,
        frame: Int,
        arrivedMilliseconds: Double,
        series: Int
    ) -> Data {
        let (width, height) = (size.width / binning, size.height / binning)
        let (lowest, highest) = bin(pixels, width: width, height: height)
        if range == nil { range = DisplayRange(lowest: lowest, highest: highest) }
        if !isRangeFixed { range?.include(lowest: lowest, highest: highest) }
        let range = range ?? DisplayRange(lowest: lowest, highest: highest)

        var data = Data(capacity: 32 + means.count)
        data.append(contentsOf: [1, UInt8(clamping: binning)])
        data.append(littleEndian: UInt16(clamping: frameStep))
        data.append(littleEndian: UInt16(width))
        data.append(littleEndian: UInt16(height))
        data.append(littleEndian: UInt32(truncatingIfNeeded: series))
        data.append(littleEndian: UInt32(0))
        data.append(littleEndian: Double(frame).bitPattern)
        data.append(littleEndian: arrivedMilliseconds.bitPattern)
        data.append(littleEndian: range.low.bitPattern)
        data.append(littleEndian: range.high.bitPattern)
        means.withUnsafeBufferPointer { means in
            let codes = [UInt8](unsafeUninitializedCapacity: means.count) { codes, count in
                for index in means.indices { codes[index] = range.code(means[index]) }
                count = means.count
            }
            data.append(contentsOf: codes)
        }
        return data
    }

    /// Fills `means`; returns the lowest and the highest of them.
    private mutating func bin(
        _ pixels: UnsafeBufferPointer<Float>,
        width: Int,
        height: Int
    ) -> (lowest: Float, highest: Float) {
        if means.count != width * height { means = [Float](repeating: 0, count: width * height) }
        let (binning, rowLength) = (binning, size.width)
        let scale = 1 / Float(binning * binning)
        return means.withUnsafeMutableBufferPointer { means in
            var (lowest, highest) = (Float.greatestFiniteMagnitude, -Float.greatestFiniteMagnitude)
            for y in 0..<height {
                for x in 0..<width {
                    var sum: Float = 0
                    for row in y * binning..<(y + 1) * binning {
                        let start = row * rowLength + x * binning
                        for index in start..<start + binning { sum += pixels[index] }
                    }
                    let mean = sum * scale
                    means[y * width + x] = mean
                    lowest = min(lowest, mean)
                    highest = max(highest, mean)
                }
            }
            return (lowest, highest)
        }
    }
}

extension Data {
    /// Appends a number, least significant byte first.
    package mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
