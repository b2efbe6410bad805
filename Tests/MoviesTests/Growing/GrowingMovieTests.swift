import Foundation
import Imaging
import Movies
import TestSupport
import Testing

@Suite("Movies that grow")
final class GrowingMovieTests {
    let folder: TemporaryFolder
    let start = ContinuousClock.now

    init() throws { folder = try TemporaryFolder() }

    static let size = FrameSize(height: 12, width: 40)

    private func frame(_ index: Int) -> [UInt16] {
        (0..<Self.size.pixelCount).map { UInt16(1 + (index * 131 + $0 * 7) % 60_000) }
    }

    /// The frames that a look at the file finds, as numbers.
    private func frames(of movie: GrowingMovie) throws -> [[UInt16]] {
        try (0..<movie.frameCount).map { frame in
            var pixels = [UInt16](repeating: 0, count: Self.size.pixelCount)
            try pixels.withUnsafeMutableBytes { try movie.read(frame: frame, into: $0) }
            return pixels
        }
    }

    struct Writing: Sendable, CustomTestStringConvertible {
        let dialect: TIFFDialect
        let compression: TIFFMovieWriter.Compression
        let isBig: Bool
        var testDescription: String { "\(dialect) \(compression) \(isBig ? "BigTIFF" : "TIFF")" }
    }

    static let writings =
        [TIFFDialect.plain, .imageJ, .ome].flatMap { dialect in
            [false, true].map { Writing(dialect: dialect, compression: .none, isBig: $0) }
        } + [Writing(dialect: .plain, compression: .deflate, isBig: false)]

    @Test("Each frame is there when its writer has appended it", arguments: writings)
    func frameByFrame(_ writing: Writing) throws {
        let path = folder.path("movie.tif")
        var options = TIFFMovieWriter.Options(dialect: writing.dialect, compression: writing.compression)
        options.usesBigTIFF = writing.isBig
        options.calibration = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 7.16)
        var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16, options: options)
        let movie = try GrowingMovie(path: path, channel: nil, at: start)
        #expect(try movie.look(at: start) == .unchanged)
        for index in 0..<5 {
            try writer.append(frame(index))
            #expect(try movie.look(at: start) == .grown)
            #expect(try movie.look(at: start) == .unchanged)
            #expect(try frames(of: movie) == (0...index).map(frame))
        }
        try writer.finish()
        #expect(try movie.look(at: start) == .unchanged)
        #expect(try frames(of: movie) == (0..<5).map(frame))
        let description = try #require(movie.description)
        #expect(description.size == Self.size && description.pixelType == .uint16)
        #expect(description.calibration.pixelSizeMicrometres?.value == 0.2)
        if writing.dialect != .plain {
            #expect(description.calibration.frameIntervalMilliseconds?.value == 7.16)
        }
    }

    @Test("A recording: frames with their stamps, and the end when it is written")
    func recording() throws {
        let path = folder.path("recording.ome.tif")
        var description = SeriesDescription(seriesID: "s1", source: "confocal-1", size: Self.size)
        description.bitsPerPixel = 16
        func stamp(_ index: Int) -> RecordedFrame {
            RecordedFrame(
                FrameStamp(index: 3 + index, messageNumber: index, acquisitionNanoseconds: 5, receiveNanoseconds: 7)
            )
        }
        let writer = try RecordingWriter(
            path: path,
            series: RecordedSeries(description),
            size: Self.size,
            pixelType: .uint16,
            firstFrame: stamp(0)
        )
        let movie = try GrowingMovie(path: path, channel: nil, at: start)
        for index in 0..<4 {
            try frame(index).withUnsafeBytes { try writer.append($0, stamp: stamp(index)) }
            #expect(try movie.look(at: start) == .grown)
            #expect(movie.recordedFrame(index) == stamp(index))
            #expect(movie.recordedSeries?.seriesID == "s1" && movie.recordedSeries?.end == nil)
        }
        try writer.finish(SeriesEnd(seriesID: "s1", reason: .announced, sentFrameCount: 4))
        #expect(try movie.look(at: start) == .unchanged)
        #expect(movie.recordedSeries?.end?.sentFrameCount == 4)
        #expect(try frames(of: movie) == (0..<4).map(frame))
    }

    @Test("Files of other programs, copied in pieces: never a wrong frame, in the end all of them")
    func copiedInPieces() throws {
        let zoo = try TIFFZoo()
        var random = SeededGenerator(seed: 1)
        var count = 0
        for entry in zoo.contents.movies {
            let source = zoo.folder.url.appending(path: entry.name)
            let expected = try #require(zoo.contents.pixels[entry.dtype])
            let data = try Data(contentsOf: source)
            // Descriptions that promise several files, or that other files complete, are a matter of their own.
            let whole = try TIFFMovie(path: source.path)
            guard whole.paths.count == 1, whole.frameCount == entry.frames else { continue }
            let path = folder.path("copy-\(count).tif")
            count += 1
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            let handle = try FileHandle(forWritingTo: URL(filePath: path))
            let movie = try GrowingMovie(path: path, channel: nil, at: start)
            var offset = 0
            while offset < data.count {
                let end = min(data.count, offset + Int.random(in: 1...max(1, data.count / 7), using: &random))
                try handle.write(contentsOf: data[offset..<end])
                offset = end
                _ = try movie.look(at: start)
                try check(movie, against: expected, count: entry.frames, name: entry.name)
            }
            try handle.close()
            #expect(movie.frameCount == entry.frames, "\(entry.name)")
        }
        #expect(count > 80)
    }

    private func check(_ movie: GrowingMovie, against expected: [Float], count: Int, name: String) throws {
        guard let description = movie.description else { return }
        #expect(movie.frameCount <= count, "\(name)")
        for frame in 0..<movie.frameCount {
            let pixelCount = description.size.pixelCount
            var bytes = [UInt8](repeating: 0, count: pixelCount * description.pixelType.byteCount)
            try bytes.withUnsafeMutableBytes { try movie.read(frame: frame, into: $0) }
            let values: [Float] = bytes.withUnsafeBytes { bytes in
                (0..<pixelCount).map { pixel in
                    switch description.pixelType {
                    case .uint8: Float(bytes[pixel])
                    case .uint16: Float(bytes.loadUnaligned(fromByteOffset: 2 * pixel, as: UInt16.self))
                    case .uint32: Float(bytes.loadUnaligned(fromByteOffset: 4 * pixel, as: UInt32.self))
                    case .float32: bytes.loadUnaligned(fromByteOffset: 4 * pixel, as: Float.self)
                    }
                }
            }
            #expect(values == Array(expected[frame * pixelCount..<(frame + 1) * pixelCount]), "\(name) frame \(frame)")
        }
    }

    @Test("tifffile appends frame by frame: each is followed as it comes")
    func tifffileAppends() throws {
        for (mode, options) in [("contiguous", "contiguous=True"), ("pages", "contiguous=False")] {
            let path = folder.path("\(mode).tif")
            let (process, output) = try Python.start(
                script: """
                    import numpy, sys, tifffile
                    frames = numpy.arange(6 * 12 * 40, dtype="uint16").reshape(6, 12, 40) + 1
                    with tifffile.TiffWriter(sys.argv[1]) as out:
                        for frame in frames:
                            out.write(frame, \(options), photometric="minisblack")
                            out._fh.flush()
                            print("x", flush=True)
                            input()
                    """,
                arguments: [path],
                input: Pipe()
            )
            for index in 0..<6 {
                _ = try output.read(upToCount: 2)
                let movie = try GrowingMovie(path: path, channel: nil, at: start)
                _ = try movie.look(at: start)
                #expect(movie.frameCount == index + 1, "\(mode)")
                try #require(process.standardInput as? Pipe).fileHandleForWriting.write(contentsOf: Data("\n".utf8))
            }
            process.waitUntilExit()
            let movie = try GrowingMovie(path: path, channel: nil, at: start)
            _ = try movie.look(at: start)
            #expect(movie.frameCount == 6, "\(mode)")
            #expect(try frames(of: movie).map(\.first) == (0..<6).map { UInt16($0 * 480 + 1) }, "\(mode)")
        }
    }

    @Test("A file that is written anew, or replaced by another, is told")
    func replaced() throws {
        let path = folder.path("movie.tif")
        for replacing in [false, true] {
            var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16)
            for index in 0..<3 { try writer.append(frame(index)) }
            try writer.finish()
            let movie = try GrowingMovie(path: path, channel: nil, at: start)
            #expect(try movie.look(at: start) == .grown)
            if replacing { try FileManager.default.removeItem(atPath: path) }
            var other = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16)
            try other.append(frame(0))
            #expect(try movie.look(at: start) == .replaced)
            try other.finish()
        }
    }

    @Test("Directories in a circle, or beyond all measure, end the file without a frame of them")
    func damagedChains() throws {
        let path = folder.path("circle.tif")
        var options = TIFFMovieWriter.Options(dialect: .plain)
        options.usesBigTIFF = true
        var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16, options: options)
        for index in 0..<3 { try writer.append(frame(index)) }
        try writer.finish()
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        func integer(_ offset: Int) -> Int { (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
        var directory = integer(8)
        let first = directory
        var link = 0
        for _ in 0..<3 {
            link = directory + 8 + 20 * integer(directory)
            directory = integer(link)
        }
        for byte in 0..<8 { bytes[link + byte] = UInt8(truncatingIfNeeded: first >> (8 * byte)) }
        try Data(bytes).write(to: URL(filePath: path))
        let movie = try GrowingMovie(path: path, channel: nil, at: start)
        #expect(try movie.look(at: start) == .grown)
        #expect(movie.frameCount == 3)
        #expect(try movie.look(at: start) == .damaged("directories form a circle"))
    }

    @Test("Mutilated files: an error or fewer frames, in bounded memory and time")
    func fuzz() throws {
        var random = SeededGenerator(seed: 77)
        var kinds: [Data] = []
        for writing in Self.writings {
            let path = folder.path("seed.tif")
            var options = TIFFMovieWriter.Options(dialect: writing.dialect, compression: writing.compression)
            options.usesBigTIFF = writing.isBig
            var writer = try TIFFMovieWriter(path: path, size: Self.size, pixelType: .uint16, options: options)
            for index in 0..<4 { try writer.append(frame(index)) }
            try writer.finish()
            kinds.append(try Data(contentsOf: URL(filePath: path)))
        }
        var (framesRead, errors) = (0, 0)
        for round in 0..<600 {
            var bytes = [UInt8](kinds[round % kinds.count])
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                // Mostly where the structure is.
                let place =
                    Bool.random(using: &random)
                    ? Int.random(in: 0..<min(400, bytes.count), using: &random)
                    : Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = [0, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)!
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let path = folder.path("fuzz.tif")
            try Data(bytes[..<cut]).write(to: URL(filePath: path))
            do {
                let movie = try GrowingMovie(path: path, channel: nil, at: start)
                _ = try movie.look(at: start)
                let handle = try FileHandle(forWritingTo: URL(filePath: path))
                try handle.seekToEnd()
                try handle.write(contentsOf: bytes[cut...])
                try handle.close()
                for _ in 0..<3 { _ = try movie.look(at: start) }
                #expect(movie.frameCount <= bytes.count)
                guard let description = movie.description, description.size.pixelCount <= 1 << 16 else { continue }
                for frame in 0..<min(movie.frameCount, 16) {
                    var pixels = [UInt8](
                        repeating: 0,
                        count: description.size.pixelCount * description.pixelType.byteCount
                    )
                    try pixels.withUnsafeMutableBytes { try movie.read(frame: frame, into: $0) }
                    framesRead += 1
                    _ = movie.recordedFrame(frame)
                }
                _ = movie.recordedSeries
            } catch is TIFFError {
                errors += 1
            }
        }
        #expect(framesRead > 300 && errors > 50)
    }

    @Test("Places that nobody has written are seen in a frame of any size")
    func unwrittenBlocks() {
        var bytes = [UInt8](repeating: 1, count: 20_000)
        func isUnwritten() -> Bool { bytes.withUnsafeBytes { UnwrittenBlock.isIn($0) } }
        #expect(!isUnwritten())
        for start in stride(from: 0, through: 20_000 - 4096, by: 937) {
            bytes.replaceSubrange(start..<start + 4096, with: repeatElement(0, count: 4096))
            #expect(isUnwritten(), "\(start)")
            bytes.replaceSubrange(start..<start + 4096, with: repeatElement(1, count: 4096))
        }
        bytes.replaceSubrange(18_000..., with: repeatElement(0, count: 2000))
        #expect(isUnwritten())
        #expect(![UInt8](repeating: 0, count: 16).withUnsafeBytes { UnwrittenBlock.isIn($0) })
    }
}
