import Foundation
import Imaging
import Movies
import TestSupport
import Testing

/// What tifffile says about a file.
private struct Reading: Decodable {
    let pages: Int
    let shape: [Int]
    let dtype: String
    let compression: Int
    let isBigTIFF: Bool
    let strips: Int
    let imageJ: [String: String]
    let ome: String
    let pixelsPerUnit: Double
    /// As tifffile reads the movie, which is by the description's `images` for ImageJ.
    let pixels: [Double]
    /// As the directories say.
    let pixelsByPage: [Double]
}

@Suite
struct TIFFMovieWriterTests {
    private let size = FrameSize(height: 5, width: 7)
    private let calibration = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)

    private func pixel(_ frame: Int, _ index: Int) -> UInt16 { UInt16((frame * 4099 + index * 257) % 65536) }

    /// Writes `frameCount` frames and returns what tifffile reads back.
    private func reading(
        _ pixelType: PixelType,
        frameCount: Int,
        _ options: TIFFMovieWriter.Options
    ) throws -> Reading {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        var writer = try TIFFMovieWriter(path: path, size: size, pixelType: pixelType, options: options)
        for frame in 0..<frameCount {
            let pixels = (0..<size.pixelCount).map { pixel(frame, $0) }
            switch pixelType {
            case .uint8: try writer.append(pixels.map { UInt8(truncatingIfNeeded: $0) })
            case .uint16: try writer.append(pixels)
            case .uint32: try writer.append(pixels.map { UInt32($0) * 65_521 })
            case .float32: try writer.append(pixels.map { Float($0) / 3 })
            }
        }
        try writer.finish()
        return try #require(try Python.json([Reading].self, from: "tiff_describe.py", path).first)
    }

    @Test(arguments: PixelType.allCases, [TIFFMovieWriter.Compression.none, .deflate])
    func pixelsArriveUnchanged(pixelType: PixelType, compression: TIFFMovieWriter.Compression) throws {
        for dialect in TIFFDialect.allCases where dialect != .omeAndImageJ || compression == .deflate {
            let options = TIFFMovieWriter.Options(
                dialect: dialect,
                compression: compression,
                calibration: calibration,
                expectedFrameCount: 4
            )
            let reading = try reading(pixelType, frameCount: 4, options)
            #expect(reading.shape == [4, 5, 7])
            #expect(reading.pages == 4)
            #expect(reading.strips == 1)
            #expect(reading.dtype == pixelType.rawValue)
            #expect(reading.compression == (compression == .none ? 1 : 8))
            #expect(!reading.isBigTIFF)
            let expected = (0..<4).flatMap { frame in
                (0..<size.pixelCount).map { index -> Double in
                    let value = pixel(frame, index)
                    return switch pixelType {
                    case .uint8: Double(UInt8(truncatingIfNeeded: value))
                    case .uint16: Double(value)
                    case .uint32: Double(value) * 65_521
                    case .float32: Double(Float(value) / 3)
                    }
                }
            }
            #expect(reading.pixels == expected)
            #expect(reading.pixelsByPage == expected)
        }
    }

    @Test(arguments: [nil, 1, 3, 100_000])
    func frameCountIsCorrectedAtTheEnd(expectedFrameCount: Int?) throws {
        for dialect in [TIFFDialect.imageJ, .ome] {
            let options = TIFFMovieWriter.Options(
                dialect: dialect,
                calibration: calibration,
                expectedFrameCount: expectedFrameCount
            )
            let reading = try reading(.uint16, frameCount: 3, options)
            #expect(reading.shape == [3, 5, 7])
            #expect(reading.isBigTIFF == (expectedFrameCount == nil))
            if dialect == .imageJ {
                #expect(reading.imageJ["images"] == "3")
                #expect(reading.imageJ["frames"] == "3")
            } else {
                #expect(reading.ome.contains(#"SizeT="3""#))
                #expect(reading.ome.contains(#"PlaneCount="3""#))
            }
        }
    }

    @Test func imageJFindsTheCalibration() throws {
        let options = TIFFMovieWriter.Options(
            dialect: .imageJ,
            calibration: calibration,
            displayRange: 100...4000,
            expectedFrameCount: 2
        )
        let reading = try reading(.uint16, frameCount: 2, options)
        #expect(reading.imageJ["unit"] == "micron")
        #expect(reading.imageJ["finterval"] == "0.0068")
        #expect(reading.imageJ["min"] == "100.0")
        #expect(reading.imageJ["max"] == "4000.0")
        #expect(reading.pixelsPerUnit == 5)
    }

    @Test func omeFindsTheCalibration() throws {
        let options = TIFFMovieWriter.Options(dialect: .ome, calibration: calibration, expectedFrameCount: 2)
        let reading = try reading(.float32, frameCount: 2, options)
        for attribute in [
            #"PhysicalSizeX="0.2""#, #"PhysicalSizeYUnit="µm""#, #"TimeIncrement="0.0068""#,
            #"TimeIncrementUnit="s""#, #"Type="float""#, #"SizeX="7""#, #"SizeY="5""#,
        ] {
            #expect(reading.ome.contains(attribute))
        }
        #expect(reading.pixelsPerUnit == 50_000)
    }

    @Test(arguments: [false, true])
    func bothDescriptionsAreFound(usesBigTIFF: Bool) throws {
        let options = TIFFMovieWriter.Options(
            dialect: .omeAndImageJ,
            compression: .deflate,
            calibration: calibration,
            usesBigTIFF: usesBigTIFF
        )
        let reading = try reading(.uint32, frameCount: 3, options)
        #expect(reading.isBigTIFF == usesBigTIFF)
        #expect(reading.shape == [3, 5, 7] && reading.pages == 3)
        #expect(reading.imageJ["finterval"] == "0.0068" && reading.imageJ["frames"] == "3")
        #expect(reading.imageJ["unit"] == "micron" && reading.pixelsPerUnit == 5)
        for attribute in [#"SizeT="3""#, #"PhysicalSizeX="0.2""#, #"TimeIncrement="0.0068""#, #"Type="uint32""#] {
            #expect(reading.ome.contains(attribute))
        }
    }

    @Test func bigTIFFIsChosenBySize() throws {
        let folder = try TemporaryFolder()
        let large = FrameSize(height: 1000, width: 1000)
        func isBig(frames: Int?, forced: Bool? = nil) throws -> Bool {
            let options = TIFFMovieWriter.Options(expectedFrameCount: frames, usesBigTIFF: forced)
            let path = folder.path("size.tif")
            return try TIFFMovieWriter(path: path, size: large, pixelType: .uint16, options: options).isBigTIFF
        }
        #expect(try !isBig(frames: 1900))
        #expect(try isBig(frames: 2200))
        #expect(try isBig(frames: nil))
        #expect(try isBig(frames: 1, forced: true))
        #expect(try !isBig(frames: 2200, forced: false))
    }

    @Test(arguments: [TIFFDialect.plain, .imageJ])
    func unfinishedMovieKeepsItsFrames(dialect: TIFFDialect) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        do {
            let options = TIFFMovieWriter.Options(dialect: dialect)
            var writer = try TIFFMovieWriter(path: path, size: size, pixelType: .uint16, options: options)
            for frame in 0..<3 { try writer.append((0..<size.pixelCount).map { pixel(frame, $0) }) }
        }
        let reading = try #require(try Python.json([Reading].self, from: "tiff_describe.py", path).first)
        let expected = (0..<3).flatMap { frame in (0..<size.pixelCount).map { Double(pixel(frame, $0)) } }
        #expect(reading.pixels == expected)
    }

    @Test func folderThatDoesNotExistIsNamed() throws {
        let path = "/nonexistent/movie.tif"
        do {
            _ = try TIFFMovieWriter(path: path, size: size, pixelType: .uint8)
            Issue.record("a movie was created in a folder that does not exist")
        } catch {
            #expect(error == .cannotOpen(path: path, reason: "No such file or directory"))
        }
    }

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/full")))
    func fullDiskIsReported() throws {
        do {
            var writer = try TIFFMovieWriter(path: "/dev/full", size: size, pixelType: .uint16)
            try writer.append([UInt16](repeating: 1, count: size.pixelCount))
            try writer.finish()
            Issue.record("writing to a full disk succeeded")
        } catch {
            #expect(error.description.contains("No space left on device"))
        }
    }
}
