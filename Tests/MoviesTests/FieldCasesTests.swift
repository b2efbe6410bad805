import Foundation
import Imaging
import Movies
import TestSupport
import Testing

/// Movies as microscopes and other programs leave them, written by the peer `tiff_field.py`.
@Suite("TIFF files from the field")
struct FieldCasesTests {
    private struct Case: Decodable {
        let name: String
        let frames: [Int]
        let channel: String?
        let pixelSize: Double?
        let interval: Double?
        let bits: Int?
        let remarks: [String]
        let implausible: Int
        let refusal: String?
        let dtype: String
    }

    @Test("Every file is read right, or refused by name")
    func everyCase() throws {
        let folder = try TemporaryFolder()
        let cases = try Python.json([Case].self, from: "tiff_field.py", folder.url.path)
        #expect(cases.count > 40)
        for expected in cases { try check(expected, path: folder.path(expected.name)) }
    }

    private func check(_ expected: Case, path: String) throws {
        if let fragment = expected.refusal {
            let error = #expect(throws: TIFFError.self) {
                _ = try TIFFMovie(path: path, channel: expected.channel).size
            }
            #expect(error?.description.contains(fragment) == true, "\(String(describing: error))")
            return
        }
        let movie = try TIFFMovie(path: path, channel: expected.channel)
        let numbers = try (0..<movie.frameCount).map { Int(try movie.counts(frames: $0..<$0 + 1)[0]) }
        #expect(numbers == expected.frames, "\(expected.name)")
        let calibration = movie.calibration
        func rounded(_ value: StatedValue?) -> Double? { value.map { ($0.value * 1e6).rounded() / 1e6 } }
        #expect(rounded(calibration.pixelSizeMicrometres) == expected.pixelSize, "\(expected.name)")
        #expect(rounded(calibration.frameIntervalMilliseconds) == expected.interval, "\(expected.name)")
        #expect(calibration.implausible.count == expected.implausible, "\(expected.name)")
        #expect(movie.significantBits == expected.bits, "\(expected.name)")
        #expect(movie.remarks.count == expected.remarks.count, "\(expected.name): \(movie.remarks)")
        for (remark, fragment) in zip(movie.remarks.sorted(), expected.remarks.sorted()) {
            let isSaid = movie.remarks.contains { $0.contains(fragment) }
            #expect(isSaid, "\(expected.name): \(remark), not \(fragment)")
        }
    }

    @Test(
        "The bits that a file states are used, unless its counts exceed them",
        arguments: [
            (12, 4011, nil, Float(16), 0), (nil, 4011, nil, 1, 1), (nil, 60000, nil, 1, 0), (12, 60000, nil, 1, 1),
            (nil, 246, 12, 16, 0), (40, 60000, nil, 1, 1), (16, 4011, nil, 1, 0),
        ] as [(Int?, Int, Int?, Float, Int)]
    )
    func bitDepth(stated: Int?, largest: Int, option: Int?, factor: Float, remarks: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.ome.tif")
        let bits = stated.map { " SignificantBits=\"\($0)\"" } ?? ""
        try Python.run(
            script: """
                import sys, numpy, tifffile
                data = numpy.full((4, 3, 5), 100, numpy.uint16); data[2, 1, 1] = int(sys.argv[2])
                xml = f'<OME><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="5" SizeY="3" SizeZ="1" SizeC="1" SizeT="4"{sys.argv[3]}/></Image></OME>'
                with tifffile.TiffWriter(sys.argv[1]) as out:
                    for i, frame in enumerate(data):
                        out.write(frame, contiguous=False, metadata=None, photometric="minisblack", description=xml.encode() if i == 0 else None)
                """,
            arguments: [path, "\(largest)", bits]
        )
        let movie = try TIFFMovie(path: path)
        let scaling = try MovieScaling(of: movie, option: option)
        #expect(scaling.scaling.factor == factor)
        #expect(scaling.remarks.count == remarks, "\(scaling.remarks)")
        #expect(throws: BitDepthError.self) { try MovieScaling(of: movie, option: 6) }
    }

    @Test(
        "Movies that are no counts are remarked on",
        arguments: [(0...Float(0.19), "65535"), (-0.3...2.5, "ΔF/F0"), (0...900, "10 bits"), (0...50000, nil)]
            as [(ClosedRange<Float>, String?)]
    )
    func noCounts(range: ClosedRange<Float>, fragment: String?) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("movie.tif")
        var writer = try TIFFMovieWriter(path: path, size: FrameSize(height: 2, width: 2), pixelType: .float32)
        for _ in 0..<3 { try writer.append([range.lowerBound, range.upperBound, range.upperBound, range.lowerBound]) }
        try writer.finish()
        let remarks = try MovieScaling(of: TIFFMovie(path: path), option: nil).remarks
        #expect(remarks.isEmpty == (fragment == nil))
        if let fragment { #expect(remarks.first?.contains(fragment) == true, "\(remarks)") }
    }

    @Test("Pixels without a value, or far from any count, are refused with a remedy that holds")
    func pixelsWithoutValue() throws {
        let folder = try TemporaryFolder()
        for (value, fragment) in [(Float.nan, "crop"), (.infinity, "crop"), (-3.4e38, "without scaling")] {
            let path = folder.path("movie\(fragment.count).tif")
            var writer = try TIFFMovieWriter(path: path, size: FrameSize(height: 2, width: 3), pixelType: .float32)
            for frame in 0..<3 { try writer.append([1000, 1000, 1000, 1000, frame == 1 ? value : 1000, 1000]) }
            try writer.finish()
            let movie = try TIFFMovie(path: path)
            let error = #expect(throws: TIFFError.self) {
                _ = try movie.counts(frames: 0..<3, scaledBy: PixelScaling())
            }
            #expect(error?.description.contains("frame 1") == true)
            #expect(error?.description.contains(fragment) == true, "\(String(describing: error))")
            if value.isFinite { continue }
            #expect(error?.description.contains("row 1, column 1") == true)
            #expect(error?.description.contains("16 bit") == false)
        }
    }

    @Test("32-bit unsigned movies of counts are taken, of more than counts refused")
    func unsigned32() throws {
        let folder = try TemporaryFolder()
        for (largest, isTaken) in [(UInt32(60000), true), (70000, false)] {
            let path = folder.path("movie\(largest).tif")
            var writer = try TIFFMovieWriter(path: path, size: FrameSize(height: 1, width: 2), pixelType: .uint32)
            for _ in 0..<2 { try writer.append([UInt32(1000), largest]) }
            try writer.finish()
            let movie = try TIFFMovie(path: path)
            let scaling = try MovieScaling(of: movie, option: nil)
            let counts = try? movie.counts(frames: 0..<2, scaledBy: scaling.scaling)
            #expect((counts?.max() == Float(largest)) == isTaken)
        }
    }
}
