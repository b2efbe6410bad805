import Foundation
import Imaging
import Movies
import TestSupport
import Testing

struct EventMaskWriterTests {
    private let size = FrameSize(height: 3, width: 5)

    private func voxels(_ places: (frame: Int, y: Int, x: Int)...) -> [Voxel] {
        places.map {
            Voxel(frame: Int32($0.frame), y: UInt16($0.y), x: UInt16($0.x), intensity: 0, baseline: 0, confidence: 1)
        }
    }

    private func labels(_ path: String) throws -> (type: PixelType, values: [Int: UInt32]) {
        let movie = try TIFFMovie(path: path)
        #expect(movie.size == size)
        let labels = try movie.labels(frames: 0..<movie.frameCount)
        let values = labels.enumerated().filter { $0.element != 0 }.map { ($0.offset, $0.element) }
        return (movie.pixelType, Dictionary(uniqueKeysWithValues: values))
    }

    /// Classes and numbers of every voxel that is not background, by its index.
    private func written(
        frameCount: Int,
        _ write: (inout EventMaskWriter) throws -> Void
    ) throws -> (classes: [Int: UInt32], instances: [Int: UInt32], type: PixelType) {
        let folder = try TemporaryFolder()
        let (classPath, instancePath) = (folder.path("class.tif"), folder.path("instances.tif"))
        var writer = try EventMaskWriter(
            classPath: classPath,
            instancePath: instancePath,
            size: size,
            frameCount: frameCount,
            calibration: .published
        )
        try write(&writer)
        try writer.finish()
        let (classes, instances) = (try labels(classPath), try labels(instancePath))
        #expect(classes.type == .uint8)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 2)
        return (classes.values, instances.values, instances.type)
    }

    @Test func framesAreWrittenWhateverTheOrderOfEvents() throws {
        let masks = try written(frameCount: 6) { writer in
            writer.add(voxels((2, 0, 4), (3, 2, 1)), of: .puff, number: 1, origin: 0)
            try writer.settle(before: 2)
            try writer.settle(before: 2)
            writer.add(voxels((0, 1, 1)), of: .wave, number: 2, origin: 5)
            writer.add(voxels((2, 0, 0)), of: .spark, number: 3, origin: 0)
            try writer.settle(before: 40)
        }
        #expect(masks.classes == [30: 1, 34: 3, 56: 3, 81: 2])
        #expect(masks.instances == [30: 3, 34: 1, 56: 1, 81: 2])
        #expect(masks.type == .uint16)
    }

    @Test func numbersThatNeedMoreBitsGetThem() throws {
        let masks = try written(frameCount: 4) { writer in
            writer.add(voxels((0, 0, 0)), of: .spark, number: 65_535, origin: 0)
            try writer.settle(before: 2)
            writer.add(voxels((2, 0, 1)), of: .spark, number: 65_536, origin: 0)
            writer.add(voxels((3, 0, 2)), of: .spark, number: 4_000_000_000, origin: 0)
            writer.add(voxels((3, 0, 3)), of: .spark, number: 7, origin: 0)
        }
        #expect(masks.type == .uint32)
        #expect(masks.instances == [0: 65_535, 31: 65_536, 47: 4_000_000_000, 48: 7])
        #expect(masks.classes == [0: 1, 31: 1, 47: 1, 48: 1])
    }

    @Test func aMovieWithoutEventsHasEmptyMasks() throws {
        let masks = try written(frameCount: 3) { _ in }
        #expect(masks.classes.isEmpty && masks.instances.isEmpty)
    }
}
