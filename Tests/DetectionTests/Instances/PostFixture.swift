import Detection
import Foundation
import UNet

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
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Fixtures/\(name)").standardizedFileURL
        let counts = try Self.read(folder, "movie.tif")
        size = counts.size
        frameCount = counts.values.count / counts.size.pixelCount
        movie = Self.normalised(counts.values)
        probabilities = ClassProbabilities(
            spark: try Self.read(folder, "prob_sparks.tif").values,
            wave: try Self.read(folder, "prob_waves.tif").values,
            puff: try Self.read(folder, "prob_puffs.tif").values
        )
        rawClasses = try Self.read(folder, "expected_raw_class.tif").values.map { UInt8($0) }
        classes = try Self.read(folder, "expected_class.tif").values.map { UInt8($0) }
        instances = try Self.read(folder, "expected_instances.tif").values.map { Int32($0) }
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

    private static func read(_ folder: URL, _ file: String) throws -> (values: [Float], size: FrameSize) {
        let rawFolder = folder.path.split(separator: "/").suffix(2).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/tmp/inst/raw/\(rawFolder)/\(file).raw"))
        let extents = data.prefix(24).withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) }
        let values = data.dropFirst(24).withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        return (values, FrameSize(height: Int(extents[1]), width: Int(extents[2])))
    }
}
