import Foundation
import Imaging

/// A movie of event numbers: 16 bit as long as they fit, 32 bit from the first larger one on.
struct InstanceMaskFile: ~Copyable {
    private let path: String
    private let size: FrameSize
    private let options: TIFFMovieWriter.Options
    private var writer: TIFFMovieWriter?
    private var isWide = false

    init(path: String, size: FrameSize, options: TIFFMovieWriter.Options) throws(TIFFError) {
        self.path = path
        self.size = size
        self.options = options
        writer = try TIFFMovieWriter(path: path, size: size, pixelType: .uint16, options: options)
    }

    mutating func append(_ numbers: [UInt32]) throws(TIFFError) {
        if !isWide, numbers.contains(where: { $0 > UInt32(UInt16.max) }) { try widen() }
        if isWide {
            try writer?.append(numbers)
        } else {
            try writer?.append(numbers.map { UInt16($0) })
        }
    }

    consuming func finish() throws(TIFFError) {
        if let writer = writer.take() { try writer.finish() }
    }

    /// Copies the frames so far into a file of 32-bit pixels and goes on there.
    private mutating func widen() throws(TIFFError) {
        guard let narrow = writer.take() else { return }
        let frameCount = narrow.frameCount
        try narrow.finish()
        let narrowPath = path + ".16bit"
        guard rename(path, narrowPath) == 0 else {
            throw .cannotOpen(path: narrowPath, reason: PositionedFile.lastReason)
        }
        defer { unlink(narrowPath) }
        var wide = try TIFFMovieWriter(path: path, size: size, pixelType: .uint32, options: options)
        if frameCount > 0 {
            let movie = try TIFFMovie(path: narrowPath)
            for frame in 0..<frameCount { try wide.append(movie.labels(frames: frame..<frame + 1)) }
        }
        writer = consume wide
        isWide = true
    }
}
