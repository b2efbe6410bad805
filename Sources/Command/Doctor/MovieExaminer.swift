import Imaging
import Movies
import Session
import UNet

/// Examines movies.
struct MovieExaminer {
    let source: SourceOptions
    let model: Model
    /// Frames that are looked at.
    let frameLimit: Int

    /// - Parameters:
    ///   - path: A TIFF movie.
    ///   - progress: Is told the number of frames done, and of how many.
    /// - Returns: What was seen.
    /// - Throws: `TIFFError` for what cannot be read, ``NothingToSay`` for what says nothing.
    func examine(_ path: String, progress: (Int, Int) -> Void) throws -> Examiner {
        let movie = try source.movie(path)
        let scaled = try source.scaling(of: movie)
        let count = min(frameLimit, movie.frameCount)
        var series = SeriesExaminer(
            movie.description(scaling: scaled),
            choice: source.calibration(of: movie, model: model.metadata.calibration),
            frameCount: count
        )
        let counts = UnsafeMutableBufferPointer<Float>.allocate(capacity: movie.size.pixelCount)
        defer { counts.deallocate() }
        for frame in 0..<count {
            try movie.read(frame: frame, scaledBy: scaled.scaling, into: counts)
            series.take(FrameStamp(index: frame, receiveNanoseconds: 0), UnsafeBufferPointer(counts))
            progress(frame + 1, count)
        }
        guard var examiner = series.finish() else { throw NothingToSay(source: path, frameCount: count) }
        examiner.countRemark = scaled.remarks.first
        return examiner
    }
}

extension TIFFMovie {
    /// What is known of the frames.
    fileprivate func description(scaling: MovieScaling) -> SeriesDescription {
        var description = SeriesDescription(size: size, bitDepth: scaling.bitDepth)
        description.bitsPerPixel = bitsPerPixel
        description.scalingFactor = scaling.scaling.factor
        return description
    }
}

/// Too few frames, or all the same.
struct NothingToSay: Error, CustomStringConvertible {
    let source: String
    let frameCount: Int

    var description: String {
        "\(frameCount) frames of \(source) were looked at, and too few of them differ and have light: 16 are needed to "
            + "say anything"
    }
}
