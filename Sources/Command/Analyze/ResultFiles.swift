import Foundation
import Streams
import UNet

/// The files that `analyze` writes for one movie.
struct ResultFiles {
    let folder: URL
    let name: String

    /// Writes the table and the journal of the events.
    func write(_ messages: [EventMessage]) throws {
        try EventTable(events: messages).write(toPath: path("events.csv"))
        let lines = try messages.map { try WireJSON.encode($0) + Data("\n".utf8) }
        try lines.reduce(into: Data()) { $0 += $1 }.write(to: folder.appending(path: "\(name)_events.jsonl"))
    }

    /// Writes the masks as TIFF movies, deflated.
    func write(classes: [UInt8], instances: [UInt16], of movie: borrowing TIFFMovie) throws {
        let pixelCount = movie.size.pixelCount
        let options = TIFFMovieWriter.Options(compression: .deflate, expectedFrameCount: movie.frameCount)
        var classWriter = try TIFFMovieWriter(
            path: path("class.tif"),
            size: movie.size,
            pixelType: .uint8,
            options: options
        )
        var instanceWriter = try TIFFMovieWriter(
            path: path("instances.tif"),
            size: movie.size,
            pixelType: .uint16,
            options: options
        )
        for frame in 0..<movie.frameCount {
            let pixels = frame * pixelCount..<(frame + 1) * pixelCount
            try classWriter.append(Array(classes[pixels]))
            try instanceWriter.append(Array(instances[pixels]))
        }
        try classWriter.finish()
        try instanceWriter.finish()
    }

    private func path(_ suffix: String) -> String { folder.appending(path: "\(name)_\(suffix)").path }
}
