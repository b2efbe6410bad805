import Foundation
import Imaging
import Movies
import TestSupport
import Testing

/// Label movies that are written, read again, and refused where labels cannot be.
struct LabelStacksTests {
    private static let extent = MovieExtent(frameCount: 5, size: FrameSize(height: 6, width: 9))

    private func paths(_ folder: borrowing TemporaryFolder) -> LabelPaths {
        LabelPaths(classes: folder.path("a_class_label.tif"), instances: folder.path("a_event_label.tif"))
    }

    private func event(_ number: Int, _ label: UInt8, frames: Range<Int>, rows: Range<Int>, columns: Range<Int>)
        -> LabelledEvent
    {
        let runs = frames.flatMap { frame in
            rows.map { y in
                VoxelRuns.Run(
                    frame: Int32(frame),
                    y: Int32(y),
                    start: Int32(columns.lowerBound),
                    end: Int32(columns.upperBound)
                )
            }
        }
        return LabelledEvent(number: number, label: label, mask: VoxelRuns(runs))
    }

    private var events: [LabelledEvent] {
        [
            event(2, 1, frames: 0..<2, rows: 0..<3, columns: 0..<4),
            event(5, 2, frames: 1..<5, rows: 4..<6, columns: 0..<9),
            event(70_000, 4, frames: 4..<5, rows: 0..<1, columns: 8..<9),
        ]
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = try TemporaryFolder()
        let paths = paths(folder)
        try paths.write(events, of: Self.extent, calibration: .published)
        #expect(try paths.readEvents(of: Self.extent) == events)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == [
                "a_class_label.tif", "a_event_label.tif",
            ]
        )
        // Once more, over what is there.
        try paths.write(Array(events.prefix(1)), of: Self.extent, calibration: .published)
        #expect(try paths.readEvents(of: Self.extent) == Array(events.prefix(1)))
    }

    /// tifffile sees the same numbers, 16 bits where they fit.
    @Test func otherReadersSeeTheSame() throws {
        let folder = try TemporaryFolder()
        let paths = paths(folder)
        try paths.write(Array(events.prefix(2)), of: Self.extent, calibration: .published)
        let script = """
            import sys, tifffile
            classes, numbers = (tifffile.imread(path) for path in sys.argv[1:])
            print(classes.dtype, numbers.dtype, classes.shape, numbers.shape)
            print(sorted({(int(n), int(c)) for n, c in zip(numbers.ravel(), classes.ravel())}))
            print([int((numbers == n).sum()) for n in (0, 2, 5)])
            """
        let printed = try Python.run(script: script, arguments: [paths.classes, paths.instances])
        let output = String(decoding: printed, as: UTF8.self)
        #expect(output == "uint8 uint16 (5, 6, 9) (5, 6, 9)\n[(0, 0), (2, 1), (5, 2)]\n[174, 24, 72]\n")
    }

    @Test func emptyRecordingsHaveLabelsToo() throws {
        let folder = try TemporaryFolder()
        try paths(folder).write([], of: Self.extent, calibration: .published)
        #expect(try paths(folder).readEvents(of: Self.extent).isEmpty)
    }

    /// Labels of one frame; the rest is background.
    private func refusal(
        of labels: [(pixel: Int, label: UInt8, number: UInt16)],
        extent: MovieExtent = extent
    ) throws -> String {
        let folder = try TemporaryFolder()
        let paths = paths(folder)
        var classes = try TIFFMovieWriter(path: paths.classes, size: Self.extent.size, pixelType: .uint8)
        var instances = try TIFFMovieWriter(path: paths.instances, size: Self.extent.size, pixelType: .uint16)
        for frame in 0..<Self.extent.frameCount {
            var classFrame = [UInt8](repeating: 0, count: Self.extent.size.pixelCount)
            var instanceFrame = [UInt16](repeating: 0, count: Self.extent.size.pixelCount)
            for (pixel, label, number) in labels where frame == 3 {
                classFrame[pixel] = label
                instanceFrame[pixel] = number
            }
            try classes.append(classFrame)
            try instances.append(instanceFrame)
        }
        try classes.finish()
        try instances.finish()
        do {
            _ = try paths.readEvents(of: extent)
            return ""
        } catch let error as LabelError {
            return error.description
        }
    }

    @Test func labelsThatCannotBeAreRefusedByName() throws {
        #expect(try refusal(of: [(10, 1, 3), (12, 4, 0), (13, 4, 9)]) == "")
        let seven = try refusal(of: [(10, 7, 3)])
        #expect(seven.contains("a_class_label.tif: class 7 at frame 3, row 1, column 1; classes are 0 background"))
        let two = try refusal(of: [(10, 1, 3), (11, 3, 3)])
        #expect(two.contains("event 3 has class 1 and, at frame 3, row 1, column 2, class 3"))
        let undefined = try refusal(of: [(10, 1, 3), (20, 4, 3)])
        #expect(undefined.contains("event 3 has class 1 and, at frame 3, row 2, column 2, class 4"))
        let noClass = try refusal(of: [(10, 1, 3), (11, 0, 3)])
        #expect(noClass.contains("a_event_label.tif: event 3 at frame 3, row 1, column 2 has no class"))
        let noNumber = try refusal(of: [(10, 1, 3), (11, 1, 0)])
        #expect(noNumber.contains("a_class_label.tif: class 1 at frame 3, row 1, column 2 belongs to no event"))
        let longer = MovieExtent(frameCount: 6, size: Self.extent.size)
        #expect(try refusal(of: [], extent: longer).contains("a_class_label.tif has 5 frames of"))
    }
}
