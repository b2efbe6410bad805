import Detection
import Foundation
import Streams
import UNet

/// Where the frames of a playback come from.
///
/// Use it on one thread only.
protocol FrameSupply: AnyObject {
    var size: FrameSize { get }
    var frameCount: Int { get }
    /// Pixel size and frame interval, as far as they are known.
    var pixelSizeMicrometres: Double? { get }
    var frameIntervalMilliseconds: Double? { get }
    /// How the frames are stored.
    var pixelType: PixelFormat.PixelType { get }

    /// The pixels of one frame, row by row in the byte order of the machine.
    func frame(at index: Int) throws -> [UInt8]
}

/// A movie on disk, read frame by frame.
final class RecordedMovie: FrameSupply {
    private let movie: TIFFMovie

    init(path: String) throws {
        movie = try TIFFMovie(path: path)
    }

    var size: FrameSize { movie.size }
    var frameCount: Int { movie.frameCount }
    var pixelSizeMicrometres: Double? { movie.calibration.pixelSizeMicrometres?.value }
    var frameIntervalMilliseconds: Double? { movie.calibration.frameIntervalMilliseconds?.value }

    var pixelType: PixelFormat.PixelType {
        switch movie.pixelType {
        case .uint8: .uint8
        case .uint16: .uint16
        case .float32: .float32
        }
    }

    func frame(at index: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size.pixelCount * pixelType.byteCount)
        // `withUnsafeMutableBytes` forgets the type of the error on its way out.
        try bytes.withUnsafeMutableBytes { target in try movie.read(frame: index, into: target) }
        return bytes
    }
}

/// A recording that was synthesised in memory.
final class SyntheticMovie: FrameSupply {
    private let recording: SyntheticRecording

    init(_ recording: SyntheticRecording) {
        self.recording = recording
    }

    var size: FrameSize { recording.style.size }
    var frameCount: Int { recording.style.frameCount }
    var pixelSizeMicrometres: Double? { recording.style.calibration.pixelSizeMicrometres }
    var frameIntervalMilliseconds: Double? { recording.style.calibration.frameIntervalMilliseconds }
    var pixelType: PixelFormat.PixelType { .uint16 }

    func frame(at index: Int) throws -> [UInt8] {
        let range = index * size.pixelCount..<(index + 1) * size.pixelCount
        return recording.counts[range].withUnsafeBytes { Array($0) }
    }
}
