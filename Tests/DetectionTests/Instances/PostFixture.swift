import Foundation
import Imaging
import Movies
import TestSupport

/// One folder of `Tests/Fixtures/post*`: probabilities with the masks that the published pipeline makes of them.
struct PostFixture: Sendable, CustomStringConvertible {
    let name: String
    let size: FrameSize
    let frameCount: Int
    let movie: [Float]
    let probabilities: ClassProbabilities
    let rawClasses: [UInt8]
    let classes: [UInt8]
    let instances: [Int32]
    let expected: Expected

    struct Expected: Decodable, Sendable {
        let otsu: Float
        let peaks: [[Int]]
        let events: [Event]

        struct Event: Decodable, Sendable {
            let id: Int
            let `class`: UInt8
            let voxels: Int
            let first: [Int]
            let last: [Int]
        }
    }

    var description: String { name }

    static let names = [
        "post/empty", "post/mixed", "post/slow", "post/sparks",
        "post_more/gaps", "post_more/narrow", "post_more/short", "post_more/ties", "post_more/touching",
    ]

    init(name: String) throws {
        self.name = name
        let folder = PackagePaths.fixtures.appending(path: name)
        let counts = try TIFFMovie(path: folder.appending(path: "movie.tif").path)
        size = counts.size
        frameCount = counts.frameCount
        movie = Self.normalised(try counts.counts(frames: 0..<counts.frameCount))
        probabilities = ClassProbabilities(
            spark: try Self.counts(folder, "prob_sparks.tif"),
            wave: try Self.counts(folder, "prob_waves.tif"),
            puff: try Self.counts(folder, "prob_puffs.tif")
        )
        rawClasses = try Self.labels(folder, "expected_raw_class.tif").map { UInt8($0) }
        classes = try Self.labels(folder, "expected_class.tif").map { UInt8($0) }
        instances = try Self.labels(folder, "expected_instances.tif").map { Int32($0) }
        let json = try Data(contentsOf: folder.appending(path: "expected.json"))
        expected = try JSONDecoder().decode(Expected.self, from: json)
    }

    var peaks: [VoxelPosition] {
        expected.peaks.map { VoxelPosition(frame: $0[0], y: $0[1], x: $0[2]) }
    }

    /// (counts - minimum) / (65535 - minimum).
    private static func normalised(_ counts: [Float]) -> [Float] {
        let dark = counts.min() ?? 0
        return counts.map { ($0 - dark) / (65535 - dark) }
    }

    private static func counts(_ folder: URL, _ file: String) throws -> [Float] {
        let movie = try TIFFMovie(path: folder.appending(path: file).path)
        return try movie.counts(frames: 0..<movie.frameCount)
    }

    private static func labels(_ folder: URL, _ file: String) throws -> [UInt32] {
        let movie = try TIFFMovie(path: folder.appending(path: file).path)
        return try movie.labels(frames: 0..<movie.frameCount)
    }
}
