import Foundation
import Imaging
import Movies
import Wire

/// Where the frames of a playback come from.
///
/// Use it on one thread only.
protocol FrameSupply: AnyObject {
    var size: FrameSize { get }
    var frameCount: Int { get }
    /// Pixel size and frame interval, as far as they are known.
    var pixelSizeMicrometres: Double? { get }
    var frameIntervalMilliseconds: Double? { get }
    /// Bits of the camera, and the name of the channel; nil if the movie does not say.
    var significantBits: Int? { get }
    var channelName: String? { get }
    /// How the frames are stored.
    var pixelType: PixelFormat.NumberType { get }

    /// What a recorder kept of the series; nil for other movies.
    var recordedSeries: RecordedSeries? { get }

    /// What a recorder kept of one frame; nil for other movies.
    func recordedFrame(at index: Int) -> RecordedFrame?

    /// The pixels of one frame, row by row in the byte order of the machine.
    func frame(at index: Int) throws -> [UInt8]
}

extension FrameSupply {
    var recordedSeries: RecordedSeries? { nil }
    var significantBits: Int? { nil }
    var channelName: String? { nil }
    func recordedFrame(at index: Int) -> RecordedFrame? { nil }
}

/// A movie on disk, read frame by frame.
final class MovieSupply: FrameSupply {
    let pixelType: PixelFormat.NumberType
    let recordedSeries: RecordedSeries?
    private let movie: TIFFMovie

    init(path: String, channel: String? = nil) throws {
        movie = try TIFFMovie(path: path, channel: channel)
        recordedSeries = movie.recordedSeries
        pixelType =
            switch movie.pixelType {
            case .uint8: .uint8
            case .uint16: .uint16
            case .uint32: throw PlaybackError.pixelsNotOnTheWire(path: path)
            case .float32: .float32
            }
        if recordedSeries == nil { try movie.checkHasFrames() }
        let refused = movie.calibration.implausible.map { "\($0.text): not stated in headers" }
        for remark in movie.remarks + refused { Terminal.writeLine("\(path): \(remark)".printable) }
    }

    /// The movies that paths stand for: files as they are, folders for the recordings in them, oldest first.
    ///
    /// - Throws: `TIFFError` for a file that is no movie, ``PlaybackError/noRecording(folder:)``.
    static func all(_ paths: [String], channel: String? = nil) throws -> [MovieSupply] {
        try paths.flatMap { path in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                return [try MovieSupply(path: path, channel: channel)]
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".tif") }
            let recordings = try names.map { try MovieSupply(path: "\(path)/\($0)") }
                .filter { $0.recordedSeries != nil }
            guard !recordings.isEmpty else { throw PlaybackError.noRecording(folder: path) }
            return recordings.sorted { $0.startNanoseconds < $1.startNanoseconds }
        }
    }

    private var startNanoseconds: Int64 { recordedFrame(at: 0)?.receiveNanoseconds ?? 0 }

    var size: FrameSize { movie.size }
    var frameCount: Int { movie.frameCount }
    var pixelSizeMicrometres: Double? { movie.calibration.pixelSizeMicrometres?.value }
    var frameIntervalMilliseconds: Double? { movie.calibration.frameIntervalMilliseconds?.value }
    var significantBits: Int? { movie.significantBits }
    var channelName: String? { movie.channelName }

    func recordedFrame(at index: Int) -> RecordedFrame? {
        recordedSeries == nil ? nil : movie.recordedFrame(index)
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
    var pixelType: PixelFormat.NumberType { .uint16 }

    func frame(at index: Int) throws -> [UInt8] {
        let range = index * size.pixelCount..<(index + 1) * size.pixelCount
        return recording.counts[range].withUnsafeBytes { Array($0) }
    }
}
