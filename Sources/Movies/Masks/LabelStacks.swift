import Foundation
package import Imaging

/// An event as two label movies hold it.
package struct LabelledEvent: Sendable, Equatable {
    /// Its number in the instance labels.
    package var number: Int
    /// Its value in the class labels: a class, or undefined.
    package var label: UInt8
    package var mask: VoxelRuns

    package init(number: Int, label: UInt8, mask: VoxelRuns) {
        self.number = number
        self.label = label
        self.mask = mask
    }
}

/// Reads and writes whole recordings of labels.
extension LabelPaths {
    /// All events, checked, in the order of their numbers.
    ///
    /// - Parameters:
    ///   - extent: That of the recording.
    ///   - progress: Is told the number of frames read.
    /// - Returns: Events with at least one voxel each.
    /// - Throws: ``LabelError`` for labels that cannot be, ``TIFFError`` for files that cannot be read or are no labels.
    /// - Complexity: O(voxels); memory for one frame and the events
    package func readEvents(of extent: MovieExtent, progress: (Int) -> Void = { _ in }) throws -> [LabelledEvent] {
        let classMovie = try TIFFMovie(path: classes)
        let instanceMovie = try TIFFMovie(path: instances)
        for (size, frameCount, path) in [
            (classMovie.size, classMovie.frameCount, classes),
            (instanceMovie.size, instanceMovie.frameCount, instances),
        ] where MovieExtent(frameCount: frameCount, size: size) != extent {
            throw LabelError.otherExtent(
                path: path,
                found: "\(frameCount) frames of \(size)",
                expected: "\(extent.frameCount) frames of \(extent.size)"
            )
        }
        var check = LabelCheck(self, size: extent.size)
        var events: [UInt32: LabelledEvent] = [:]
        let width = extent.size.width
        for frame in 0..<extent.frameCount {
            let labels = try classMovie.labels(frames: frame..<frame + 1)
            let numbers = try instanceMovie.labels(frames: frame..<frame + 1)
            try check.take(classes: labels, instances: numbers, frame: frame)
            var pixel = 0
            while pixel < numbers.count {
                let number = numbers[pixel]
                let rowEnd = (pixel / width + 1) * width
                var end = pixel + 1
                while end < rowEnd, numbers[end] == number { end += 1 }
                if number != 0 {
                    let run = VoxelRuns.Run(
                        frame: Int32(frame),
                        y: Int32(pixel / width),
                        start: Int32(pixel % width),
                        end: Int32(pixel % width + end - pixel)
                    )
                    events[
                        number,
                        default: LabelledEvent(number: Int(number), label: UInt8(labels[pixel]), mask: VoxelRuns())
                    ]
                    .mask.append(run)
                }
                pixel = end
            }
            progress(frame + 1)
        }
        return events.values.sorted { $0.number < $1.number }
    }

    /// Writes both movies; they appear when they are complete.
    ///
    /// - Parameters:
    ///   - events: Events without a voxel in common, inside the recording.
    ///   - extent: That of the recording.
    ///   - calibration: What pixels and frames mean.
    /// - Throws: ``TIFFError``
    package func write(_ events: [LabelledEvent], of extent: MovieExtent, calibration: Calibration) throws(TIFFError) {
        let partial = LabelPaths(classes: classes + Self.partialEnding, instances: instances + Self.partialEnding)
        defer { for path in [partial.classes, partial.instances] { unlink(path) } }
        let options = TIFFMovieWriter.Options.results(calibration: calibration, frameCount: extent.frameCount)
        var classMovie = try TIFFMovieWriter(
            path: partial.classes,
            size: extent.size,
            pixelType: .uint8,
            options: options
        )
        var instanceMovie = try InstanceMaskFile(path: partial.instances, size: extent.size, options: options)
        var byFrame = [[(run: VoxelRuns.Run, event: Int)]](repeating: [], count: extent.frameCount)
        for (index, event) in events.enumerated() {
            for run in event.mask.runs { byFrame[Int(run.frame)].append((run, index)) }
        }
        for runs in byFrame {
            var classFrame = [UInt8](repeating: EventClass.background, count: extent.size.pixelCount)
            var instanceFrame = [UInt32](repeating: 0, count: extent.size.pixelCount)
            for (run, event) in runs {
                let row = Int(run.y) * extent.size.width
                for pixel in row + Int(run.start)..<row + Int(run.end) {
                    classFrame[pixel] = events[event].label
                    instanceFrame[pixel] = UInt32(events[event].number)
                }
            }
            try classMovie.append(classFrame)
            try instanceMovie.append(instanceFrame)
        }
        try classMovie.finish()
        try instanceMovie.finish()
        for (from, to) in [(partial.classes, classes), (partial.instances, instances)] {
            guard rename(from, to) == 0 else {
                throw .cannotOpen(path: to, reason: PositionedFile.lastReason)
            }
        }
    }

    private static let partialEnding = ".partial"
}
