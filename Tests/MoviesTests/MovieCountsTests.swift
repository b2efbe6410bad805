import Imaging
import Movies
import TestSupport
import Testing

@Suite("Counts of recorded movies obey the rules of live frames")
struct MovieCountsTests {
    private let size = FrameSize(height: 1, width: 3)

    /// The second of two frames, scaled.
    private func secondFrame(_ pixels: [Float], _ scaling: PixelScaling) throws -> [Float] {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .float32)
        try writer.append([Float](repeating: 1, count: 3))
        try writer.append(pixels)
        try writer.finish()
        let movie = try TIFFMovie(path: path)
        try movie.checkHasFrames()
        var counts = [Float](repeating: 0, count: 3)
        try counts.withUnsafeMutableBufferPointer { try movie.read(frame: 1, scaledBy: scaling, into: $0) }
        return counts
    }

    @Test func countsAreScaled() throws {
        #expect(try secondFrame([-2, 0.5, 4095], PixelScaling(floatingPointBitDepth: 12)) == [-32, 8, 65520])
        #expect(try secondFrame([-2, 0.5, 65535], PixelScaling()) == [-2, 0.5, 65535])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 65536])
    func whatIsNoCountIsRefused(pixel: Float) throws {
        let error = #expect(throws: TIFFError.self) { try secondFrame([0, pixel, 1], PixelScaling()) }
        let words = pixel.isFinite ? "frame 1 holds the pixel value \(pixel);" : "frame 1 holds \(pixel) at row"
        #expect(error?.description.contains(words) == true)
    }

    @Test func scaledCountsBeyondTheRangeAreRefused() throws {
        #expect(throws: TIFFError.self) { try secondFrame([0, 4096, 1], PixelScaling(floatingPointBitDepth: 12)) }
    }

    @Test func oneFrameIsNoMovie() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("image.tif")
        var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .uint16)
        try writer.append([UInt16](repeating: 1, count: 3))
        try writer.finish()
        let expected = TIFFError.notGreyMovie(
            path: path,
            found: "one frame",
            remedy: "give a file that holds all frames as pages"
        )
        #expect(throws: expected) { try TIFFMovie(path: path).checkHasFrames() }
    }

    @Test func framesThatImageJWouldCallChannelsAreFrames() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        try Python.run(program: "tiff_without_axes.py", path, "12")
        #expect(try TIFFMovie(path: path).frameCount == 12)
        try Python.run(program: "tiff_without_axes.py", path, "5")
        // Five may well be channels: one is left.
        #expect(try TIFFMovie(path: path).frameCount == 1)
    }

    /// 400 pages of 2 MB that all lie in the same two kilobytes.
    @Test func aFileThatUnpacksToMoreThanAnyCompressionMakesIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("bomb.tif")
        let script = """
            import struct, sys, zlib
            strip = zlib.compress(bytes(1024 * 1024 * 2), 9)
            tags = [(256, 3, 1024), (257, 3, 1024), (258, 3, 16), (259, 3, 8), (262, 3, 1), (273, 4, 8), (277, 3, 1),
                    (278, 3, 1024), (279, 4, len(strip))]
            data, first = strip + bytes(len(strip) % 2), 8 + len(strip) + len(strip) % 2
            size = 2 + 12 * len(tags) + 4
            for page in range(400):
                fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
                link = first + (page + 1) * size if page < 399 else 0
                data += struct.pack("<H", len(tags)) + fields + struct.pack("<I", link)
            open(sys.argv[1], "wb").write(b"II*\\0" + struct.pack("<I", first) + data)
            """
        try Python.run(script: script, arguments: [path])
        let error = #expect(throws: TIFFError.self) { _ = try TIFFMovie(path: path) }
        guard case .implausibleExpansion(_, let fileByteCount, let pixelByteCount) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fileByteCount < 100_000 && pixelByteCount == 400 * 1024 * 1024 * 2)
    }
}
