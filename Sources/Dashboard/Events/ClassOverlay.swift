package import Foundation
package import Imaging

/// The class masks that go with the pictures, as runs of pixels of one class.
package struct ClassOverlay {
    /// Most runs of one frame; a mask with more is cut there.
    private static let runLimit = 16384

    /// The masks of some frames as the page reads them, little-endian: 2, 3 bytes unused, number of frames (4 bytes),
    /// newest decided frame (double); for each frame its index (double), number of runs (4), 4 unused, and for each run
    /// y, first x, end of x, class (2 bytes each).
    ///
    /// - Parameters:
    ///   - masks: Classes of the frames that were decided, `[t][y][x]`.
    ///   - frames: Their indices.
    ///   - size: Size of a frame.
    ///   - isShown: True for the indices of frames that have a picture.
    /// - Returns: A message for the page.
    package static func message(
        of masks: [UInt8],
        frames: Range<Int>,
        size: FrameSize,
        isShown: (Int) -> Bool
    ) -> Data {
        let shown = frames.filter(isShown)
        var data = Data([2, 0, 0, 0])
        data.append(littleEndian: UInt32(shown.count))
        data.append(littleEndian: Double(frames.upperBound - 1).bitPattern)
        masks.withUnsafeBufferPointer { classes in
            for frame in shown {
                let start = (frame - frames.lowerBound) * size.pixelCount
                let runs = runs(in: UnsafeBufferPointer(rebasing: classes[start..<start + size.pixelCount]), size)
                data.append(littleEndian: Double(frame).bitPattern)
                data.append(littleEndian: UInt32(runs.count / 4))
                data.append(littleEndian: UInt32(0))
                runs.withUnsafeBytes { data.append(contentsOf: $0) }
            }
        }
        return data
    }

    private static func runs(in classes: UnsafeBufferPointer<UInt8>, _ size: FrameSize) -> [UInt16] {
        var runs: [UInt16] = []
        for y in 0..<size.height {
            var x = 0
            let row = y * size.width
            while x < size.width {
                let value = classes[row + x]
                let start = x
                repeat { x += 1 } while x < size.width && classes[row + x] == value
                guard value != EventClass.background, runs.count < 4 * runLimit else { continue }
                for number in [y, start, x, Int(value)] { runs.append(UInt16(number).littleEndian) }
            }
        }
        return runs
    }
}
