import Foundation
import Imaging
import Movies

extension FuzzTarget {
    private static let file = FuzzedFile(named: "movie.tif")
    /// More is not read, however much a file promises.
    private static let mostPixels = 1 << 16
    private static let mostFrames = 8

    /// Files of frames.
    static let movies = [
        FuzzTarget(name: "tiff", largestByteCount: 8192, read: readMovie),
        FuzzTarget(name: "tiff-description", largestByteCount: 4096) { readMovie(TIFFBytes.movie(describedBy: $0)) },
    ]

    private static func readMovie(_ bytes: [UInt8]) {
        file.write(bytes)
        do {
            let movie = try TIFFMovie(path: file.path)
            _ = movie.remarks
            _ = movie.recordedSeries
            let stated = movie.statedCalibration
            for (quantity, value) in [
                (Quantity.pixelSize, stated.pixelSizeMicrometres), (.frameInterval, stated.frameIntervalMilliseconds),
            ] {
                precondition(value.map(quantity.isPlausible) ?? true, "a file states what can be, or nothing")
            }
            guard movie.size.pixelCount <= mostPixels, movie.frameCount <= 4096 else { return }
            _ = try? MovieScaling(of: movie, option: nil)
            for frame in 0..<min(mostFrames, movie.frameCount) {
                _ = try? movie.counts(frames: frame..<frame + 1)
                _ = try? movie.labels(frames: frame..<frame + 1)
                _ = movie.recordedFrame(frame)
            }
        } catch {
            precondition(!"\(error)".isEmpty, "an error says something")
        }
    }
}

/// Small files around parts that are fuzzed.
private enum TIFFBytes {
    /// Two frames of 2 x 2 pixels, the first one with a description.
    static func movie(describedBy text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x49, 0x49, 42, 0]
        let textOffset = 16
        let textCount = text.count + 1
        let first = (textOffset + textCount + 1) & ~1
        bytes += little(UInt32(first))
        // Both frames are these pixels.
        bytes += [1, 2, 3, 4, 0, 0, 0, 0]
        bytes += text + [0]
        bytes += [UInt8](repeating: 0, count: first - bytes.count)
        let fields: [(tag: UInt16, type: UInt16, count: Int, value: Int)] = [
            (256, 3, 1, 2), (257, 3, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (270, 2, textCount, textOffset), (273, 4, 1, 8), (277, 3, 1, 1), (278, 3, 1, 2), (279, 4, 1, 4),
        ]
        let second = first + 2 + 12 * fields.count + 4
        bytes += directory(fields, next: second)
        bytes += directory(fields.filter { $0.tag != 270 }, next: 0)
        return bytes
    }

    private static func directory(
        _ fields: [(tag: UInt16, type: UInt16, count: Int, value: Int)],
        next: Int
    ) -> [UInt8] {
        var bytes = little(UInt16(fields.count))
        for field in fields {
            // A text of up to four bytes lies in the directory itself.
            let isInline = field.type == 2 && field.count <= 4
            bytes += little(field.tag) + little(field.type) + little(UInt32(field.count))
            bytes += little(UInt32(isInline ? 0 : field.value))
        }
        return bytes + little(UInt32(next))
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
