import Foundation
import Imaging
import Movies
import Scoring
import TestSupport
import Testing

/// Tables 1 to 3 against those that the reference program computed.
struct EvaluationTests {
    private static let fixtures = PackagePaths.fixtures.appending(path: "eval")
    private static let oracle = PackagePaths.sharedOracle.appending(path: "score.py")

    /// Compares the masks of one movie as `score.py` names them.
    private func comparison(_ name: String, in folder: URL) throws -> MovieComparison {
        func path(_ suffix: String) -> String { folder.appending(path: "\(name)_\(suffix).tif").path }
        let annotatedClasses = try TIFFMovie(path: path("class_label"))
        let annotatedInstances = try TIFFMovie(path: path("event_label"))
        let predictedClasses = try TIFFMovie(path: path("class"))
        let predictedInstances = try TIFFMovie(path: path("instances"))
        var comparison = MovieComparison()
        for frame in 0..<annotatedClasses.frameCount {
            let frames = frame..<frame + 1
            try comparison.add(
                annotation: LabelFrame(
                    classes: annotatedClasses.labels(frames: frames),
                    instances: annotatedInstances.labels(frames: frames)
                ),
                prediction: LabelFrame(
                    classes: predictedClasses.labels(frames: frames),
                    instances: predictedInstances.labels(frames: frames)
                )
            )
        }
        return comparison
    }

    /// The numbers of a JSON document by their paths, for example `/metrics/sparks/recall`.
    private func numbers(_ document: Any, path: String = "") -> [String: Double] {
        if let number = document as? NSNumber { return [path: number.doubleValue] }
        let parts =
            (document as? [String: Any])?.map { ($0.key, $0.value) }
            ?? (document as? [Any] ?? []).enumerated().map { ("\($0.offset)", $0.element) }
        return parts.reduce(into: [:]) { all, part in
            all.merge(numbers(part.1, path: path + "/" + part.0)) { first, _ in first }
        }
    }

    private func numbers(of evaluation: Evaluation) throws -> [String: Double] {
        numbers(try JSONSerialization.jsonObject(with: JSONEncoder().encode(evaluation)))
    }

    private func expectEqual(_ found: [String: Double], _ expected: [String: Double], within tolerance: Double) {
        #expect(Set(found.keys) == Set(expected.keys))
        for (path, value) in expected {
            #expect(abs((found[path] ?? .nan) - value) <= tolerance, "\(path): \(found[path] ?? .nan), not \(value)")
        }
    }

    @Test(arguments: [("case1", ["m1"]), ("case2", ["m1", "m2"])])
    func tablesEqualTheReference(folder: String, names: [String]) throws {
        let folder = Self.fixtures.appending(path: folder)
        let movies = try names.map { try comparison($0, in: folder) }
        let document = try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appending(path: "expected.json"))
        )
        let expected = numbers(document)
        let tables = expected.filter { !$0.key.hasPrefix("/iomin/") }
        #expect(tables.count > 60)
        expectEqual(try numbers(of: Evaluation(movies)), tables, within: 1e-12)

        for (name, movie) in zip(names, movies) {
            let prefix = "/iomin/\(name)"
            let matrix = expected.filter { $0.key.hasPrefix(prefix + "/") }
            #expect(matrix.count == movie.annotatedClasses.count * movie.predictedClasses.count)
            expectEqual(numbers(movie.overlapMatrix, path: prefix), matrix, within: 0)
        }
    }

    @Test(.enabled(if: PackagePaths.exists(oracle)))
    func randomMasksScoreAsInTheReference() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 3)
        let names = (0..<12).map { "movie\($0)" }
        for name in names {
            for suffixes in [("class_label", "event_label"), ("class", "instances")] {
                let largestClass: UInt8 = suffixes.0 == "class" ? 3 : 4
                let masks = RandomMasks(frameCount: 6, largestClass: largestClass, using: &generator)
                try masks.write(
                    classes: folder.path("\(name)_\(suffixes.0).tif"),
                    instances: folder.path("\(name)_\(suffixes.1).tif")
                )
            }
        }
        let json = folder.path("expected.json")
        try Python.run(program: Self.oracle.path, folder.url.path, folder.url.path, "--json", json)
        let expected = numbers(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: json))))
        let movies = try names.sorted().map { try comparison($0, in: folder.url) }
        expectEqual(try numbers(of: Evaluation(movies)), expected, within: 1e-12)
    }
}

/// Boxes of random classes and numbers on a background, some of them over others.
private struct RandomMasks {
    private let size = FrameSize(height: 12, width: 16)
    private let frameCount: Int
    private var classes: [UInt8]
    private var instances: [UInt16]

    init(frameCount: Int, largestClass: UInt8, using generator: inout SeededGenerator) {
        self.frameCount = frameCount
        classes = [UInt8](repeating: 0, count: frameCount * size.pixelCount)
        instances = [UInt16](repeating: 0, count: frameCount * size.pixelCount)
        for _ in 0..<Int.random(in: 0...9, using: &generator) {
            let eventClass = UInt8.random(in: 0...largestClass, using: &generator)
            let instance = UInt16.random(in: 0...6, using: &generator)
            let firstFrame = Int.random(in: 0..<frameCount, using: &generator)
            let endFrame = min(frameCount, firstFrame + Int.random(in: 1...4, using: &generator))
            let (y, x) = (Int.random(in: 0..<12, using: &generator), Int.random(in: 0..<16, using: &generator))
            for frame in firstFrame..<endFrame {
                for row in y..<min(size.height, y + 5) {
                    for column in x..<min(size.width, x + 6) {
                        let voxel = (frame * size.height + row) * size.width + column
                        classes[voxel] = eventClass
                        instances[voxel] = instance
                    }
                }
            }
        }
    }

    func write(classes classPath: String, instances instancePath: String) throws {
        var classWriter = try TIFFMovieWriter(path: classPath, size: size, pixelType: .uint8)
        var instanceWriter = try TIFFMovieWriter(path: instancePath, size: size, pixelType: .uint16)
        for frame in 0..<frameCount {
            let voxels = frame * size.pixelCount..<(frame + 1) * size.pixelCount
            try classWriter.append(Array(classes[voxels]))
            try instanceWriter.append(Array(instances[voxels]))
        }
        try classWriter.finish()
        try instanceWriter.finish()
    }
}
