import Foundation
import Imaging
import Movies

/// The frames that are fed to the detector, over and over.
protocol BenchFrames {
    var size: FrameSize { get }

    /// Calls `body` with the counts of the next frame, `[y][x]`.
    mutating func withNext<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) throws -> Result
}

/// Frames that look like the dark cell of a camera: uniform noise of a fixed seed.
struct CameraNoise: BenchFrames {
    let size: FrameSize
    private var state: UInt64 = 1
    private var frame: [Float]

    init(size: FrameSize) {
        self.size = size
        frame = [Float](repeating: 0, count: size.pixelCount)
    }

    mutating func withNext<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) throws -> Result {
        for pixel in frame.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            frame[pixel] = 400 + Float(state >> 54)
        }
        return try frame.withUnsafeBufferPointer(body)
    }
}

/// A recorded movie; behind its last frame comes its first.
struct RecordedFrames: BenchFrames {
    let size: FrameSize
    private let counts: [Float]
    private var next = 0

    init(movieAt path: String) throws {
        let movie = try TIFFMovie(path: path)
        size = movie.size
        counts = try movie.counts(frames: 0..<movie.frameCount)
    }

    mutating func withNext<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) throws -> Result {
        let start = next
        next = (start + size.pixelCount) % counts.count
        return try counts.withUnsafeBufferPointer { counts in
            try body(UnsafeBufferPointer(rebasing: counts[start..<start + size.pixelCount]))
        }
    }
}
