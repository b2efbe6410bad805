package import Foundation
package import Imaging

/// The three movies `NAME_sparks.tif`, `NAME_waves.tif` and `NAME_puffs.tif` of event probabilities, float32.
package struct ProbabilityMaps: Sendable {
    package let sparks: String
    package let waves: String
    package let puffs: String

    /// The paths of the three movies of one name.
    ///
    /// - Parameters:
    ///   - folder: Where the movies lie.
    ///   - name: What their names start with.
    ///   - ending: Appended to the names, for files that are not complete yet.
    package init(folder: URL, name: String, ending: String = "") {
        func path(_ suffix: String) -> String { folder.appending(path: "\(name)_\(suffix).tif\(ending)").path }
        sparks = path("sparks")
        waves = path("waves")
        puffs = path("puffs")
    }

    /// Values that rounding may leave outside 0 to 1 are accepted.
    private static let tolerance: Float = 1e-3

    /// Reads all three movies.
    ///
    /// - Parameters:
    ///   - size: The size of the frames that they must have.
    ///   - frameCount: The number of frames that they must have.
    /// - Returns: The probabilities of all voxels.
    /// - Throws: ``TIFFError`` for unreadable files, ``ProbabilityError`` for those that do not fit the movie or hold
    ///   no probabilities.
    package func read(size: FrameSize, frameCount: Int) throws -> ClassProbabilities {
        func values(_ path: String) throws -> [Float] {
            let movie = try TIFFMovie(path: path)
            guard movie.size == size, movie.frameCount == frameCount else {
                throw ProbabilityError.doNotFit(
                    path: path,
                    found: "\(movie.frameCount) frames of \(movie.size)",
                    expected: "\(frameCount) frames of \(size)"
                )
            }
            let values = try movie.counts(frames: 0..<frameCount)
            let range = -Self.tolerance...1 + Self.tolerance
            if let index = values.firstIndex(where: { !range.contains($0) }) {
                throw ProbabilityError.notProbability(
                    path: path,
                    frame: index / size.pixelCount,
                    value: values[index]
                )
            }
            return values
        }
        return try ClassProbabilities(spark: values(sparks), wave: values(waves), puff: values(puffs))
    }
}

/// Why probability maps cannot be used.
package enum ProbabilityError: Error, Equatable, CustomStringConvertible {
    case doNotFit(path: String, found: String, expected: String)
    case notProbability(path: String, frame: Int, value: Float)

    package var description: String {
        switch self {
        case .doNotFit(let path, let found, let expected):
            "\(path) has \(found), the movie \(expected); name maps of this movie"
        case .notProbability(let path, let frame, let value):
            "\(path): frame \(frame) holds \(value), which is no probability; save values from 0 to 1 as 32 bit "
                + "floating point"
        }
    }
}

/// Writes the maps of a movie, batch by batch; use it on one thread only.
package struct ProbabilityMapWriter: ~Copyable {
    private let size: FrameSize
    private var sparks: TIFFMovieWriter
    private var waves: TIFFMovieWriter
    private var puffs: TIFFMovieWriter

    /// Creates the three files, replacing those of the same names.
    ///
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``.
    package init(
        _ maps: ProbabilityMaps,
        size: FrameSize,
        frameCount: Int,
        calibration: Calibration
    ) throws(TIFFError) {
        let options = TIFFMovieWriter.Options.results(calibration: calibration, frameCount: frameCount)
        let sparks = try TIFFMovieWriter(path: maps.sparks, size: size, pixelType: .float32, options: options)
        let waves = try TIFFMovieWriter(path: maps.waves, size: size, pixelType: .float32, options: options)
        let puffs = try TIFFMovieWriter(path: maps.puffs, size: size, pixelType: .float32, options: options)
        self.size = size
        self.sparks = sparks
        self.waves = waves
        self.puffs = puffs
    }

    /// Appends frames.
    ///
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)``.
    package mutating func append(_ probabilities: ClassProbabilities) throws(TIFFError) {
        for start in stride(from: 0, to: probabilities.count, by: size.pixelCount) {
            let pixels = start..<start + size.pixelCount
            try sparks.append(Array(probabilities.spark[pixels]))
            try waves.append(Array(probabilities.wave[pixels]))
            try puffs.append(Array(probabilities.puff[pixels]))
        }
    }

    /// Completes the files.
    ///
    /// - Throws: ``TIFFError/writeFailed(path:frame:reason:)``.
    package consuming func finish() throws(TIFFError) {
        try sparks.finish()
        try waves.finish()
        try puffs.finish()
    }
}
