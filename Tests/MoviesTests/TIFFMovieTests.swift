import Foundation
import Imaging
import Movies
import TestSupport
import Testing

@Suite
struct TIFFMovieTests {
    @Test func everyDialectIsReadExactly() throws {
        let zoo = try TIFFZoo()
        #expect(zoo.contents.movies.count > 150)
        for expected in zoo.contents.movies {
            let movie = try TIFFMovie(path: zoo.folder.path(expected.name))
            #expect(movie.frameCount == expected.frames, "\(expected.name)")
            #expect(movie.size == FrameSize(height: 13, width: 17), "\(expected.name)")
            #expect(movie.pixelType.rawValue == expected.dtype, "\(expected.name)")
            let counts = try movie.counts(frames: 0..<movie.frameCount)
            #expect(counts == zoo.contents.pixels[expected.dtype], "\(expected.name)")
            if movie.pixelType != .float32 {
                let labels = try movie.labels(frames: 0..<movie.frameCount)
                #expect(labels.map { Float($0) } == counts, "\(expected.name)")
            }
        }
    }

    @Test func calibrationNamesItsOrigin() throws {
        let zoo = try TIFFZoo()
        for expected in zoo.contents.movies {
            let calibration = try TIFFMovie(path: zoo.folder.path(expected.name)).calibration
            let (pixelSize, interval) = (calibration.pixelSizeMicrometres, calibration.frameIntervalMilliseconds)
            #expect(pixelSize.map { ($0.value * 1e6).rounded() / 1e6 } == expected.pixelSize, "\(expected.name)")
            #expect(interval.map { ($0.value * 1e6).rounded() / 1e6 } == expected.frameInterval, "\(expected.name)")
            #expect(calibration.remarks.count == expected.remarks, "\(expected.name): \(calibration.remarks)")
            for (value, origin) in zip([pixelSize, interval].compactMap(\.self), expected.origins) {
                #expect(value.origin.hasPrefix(origin), "\(expected.name)")
            }
        }
    }

    @Test func whatIsNoGreyMovieIsRefusedByName() throws {
        let zoo = try TIFFZoo()
        #expect(zoo.contents.refusals.count > 20)
        for expected in zoo.contents.refusals {
            let path = zoo.folder.path(expected.name)
            do {
                let movie = try TIFFMovie(path: path)
                Issue.record("\(expected.name) was read as \(movie.frameCount) frames")
            } catch {
                #expect(error.description.hasPrefix(path), "\(error)")
                #expect(error.description.contains(expected.fragment), "\(error)")
            }
        }
    }

    @Test func framesBehindOneDirectoryAreFoundBeyondFourGigabytes() throws {
        let zoo = try TIFFZoo()
        let expected = zoo.contents.sparse
        let movie = try TIFFMovie(path: zoo.folder.path(expected.name))
        #expect(movie.frameCount == expected.frames)
        let pixelCount = movie.size.pixelCount
        for frame in expected.written {
            let counts = try movie.counts(frames: frame..<frame + 1)
            #expect(counts == (0..<pixelCount).map { Float(($0 + frame) % 65536) })
        }
        #expect(try movie.counts(frames: 1000..<1001).allSatisfy { $0 == 0 })
    }

    @Test func floatingPointNumbersAreNoLabels() throws {
        let zoo = try TIFFZoo()
        let path = zoo.folder.path("imagej_float32.tif")
        let movie = try TIFFMovie(path: path)
        #expect(throws: TIFFError.notLabels(path: path)) { try movie.labels(frames: 0..<1) }
    }

    /// Changes bytes of valid files at random: whatever comes, it is read or refused.
    @Test(arguments: [
        "uint16_little_32_None_page.tif", "uint16_big_64_lzw_tiles.tif", "float32_little_64_zlib_strips.tif",
        "uint8_big_32_packbits_strips.tif", "single_uint16_62.tif", "imagej_deflate.tif", "ome_times.ome.tif",
        "ome_prefix.ome.tif",
    ])
    func damagedFilesAreReadOrRefused(name: String) throws {
        let zoo = try TIFFZoo()
        let original = try [UInt8](Data(contentsOf: zoo.folder.url.appending(path: name)))
        let path = zoo.folder.path("damaged.tif")
        var generator = SeededGenerator(seed: 7)
        var (readCount, refusalCount) = (0, 0)
        for _ in 0..<200 {
            var bytes = original
            let region = Bool.random(using: &generator) ? 0..<min(600, bytes.count) : bytes.indices
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let index = Int.random(in: region, using: &generator)
                bytes[index] = [0, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator)!
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            }
            try Data(bytes).write(to: URL(filePath: path))
            do {
                let movie = try TIFFMovie(path: path)
                for frame in 0..<movie.frameCount { _ = try movie.counts(frames: frame..<frame + 1) }
                readCount += 1
            } catch {
                refusalCount += 1
            }
        }
        #expect(readCount > 0)
        #expect(refusalCount > 0)
    }
}

/// Reading back what ``TIFFMovieWriter`` wrote: no peer needed.
struct TIFFRoundTripTests {
    @Test func moreThan65535PagesAreReached() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("long.tif")
        let size = FrameSize(height: 1, width: 2)
        let frameCount = 70_000
        let options = TIFFMovieWriter.Options(dialect: .plain, expectedFrameCount: frameCount)
        var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .uint16, options: options)
        for frame in 0..<frameCount { try writer.append([UInt16(frame & 0xFFFF), UInt16(frame >> 16)]) }
        try writer.finish()

        let movie = try TIFFMovie(path: path)
        #expect(movie.frameCount == frameCount)
        for frame in [0, 65_534, 65_535, 65_536, 69_999, 1] {
            #expect(try movie.labels(frames: frame..<frame + 1) == [UInt32(frame & 0xFFFF), UInt32(frame >> 16)])
        }
    }

    @Test(arguments: TIFFDialect.allCases)
    func unfinishedMoviesAreReadToTheirLastFrame(dialect: TIFFDialect) throws {
        for compression in [TIFFMovieWriter.Compression.none, .deflate]
        where dialect != .omeAndImageJ || compression == .deflate {
            try readUnfinishedMovie(dialect: dialect, compression: compression)
        }
    }

    private func readUnfinishedMovie(dialect: TIFFDialect, compression: TIFFMovieWriter.Compression) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        let options = TIFFMovieWriter.Options(
            dialect: dialect,
            compression: compression,
            calibration: .published,
            expectedFrameCount: 100
        )
        do {
            let size = FrameSize(height: 2, width: 3)
            var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .float32, options: options)
            for frame in 0..<5 { try writer.append([Float](repeating: Float(frame) / 3, count: 6)) }
        }
        let movie = try TIFFMovie(path: path)
        #expect(movie.frameCount == 5)
        #expect(try movie.counts(frames: 4..<5) == [Float](repeating: 4 / 3, count: 6))
        #expect(movie.calibration.pixelSizeMicrometres?.value == 0.2)
        #expect(movie.calibration.frameIntervalMilliseconds?.value == (dialect == .plain ? nil : 6.8))
        #expect(movie.calibration.remarks.isEmpty)
    }

    @Test func fileThatDoesNotExistIsNamed() {
        do {
            _ = try TIFFMovie(path: "/nonexistent/movie.tif")
            Issue.record("a file that does not exist was opened")
        } catch {
            #expect(error == .cannotOpen(path: "/nonexistent/movie.tif", reason: "No such file or directory"))
        }
    }
}
