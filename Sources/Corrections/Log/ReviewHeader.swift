package import Imaging

/// The first line of a review: of what it is.
package struct ReviewHeader: Sendable, Codable, Equatable {
    static let format = "sparkwatch-review-1"

    private let format: String
    /// The name that files of the movie begin with.
    package let movie: String
    private let frames: Int
    private let height: Int
    private let width: Int
    /// Fingerprint of the events that were found.
    package let base: String

    package var extent: MovieExtent {
        MovieExtent(frameCount: frames, size: FrameSize(height: height, width: width))
    }

    /// - Parameters:
    ///   - movie: The name that files of the movie begin with.
    ///   - extent: Of the movie.
    ///   - events: What was found.
    package init(movie: String, extent: MovieExtent, events: [ReviewedEvent]) {
        format = Self.format
        self.movie = movie
        frames = extent.frameCount
        height = extent.size.height
        width = extent.size.width
        base = Self.fingerprint(of: events)
    }

    /// Whether this is a header of this version at all.
    package var isOurs: Bool { format == Self.format }

    /// Tells results from others: FNV-1a over numbers, classes and voxels.
    private static func fingerprint(of events: [ReviewedEvent]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ number: Int) {
            for shift in stride(from: 0, to: 64, by: 8) {
                hash = (hash ^ UInt64(truncatingIfNeeded: number >> shift) & 0xFF) &* 0x100_0000_01B3
            }
        }
        for event in events.sorted(by: { $0.number < $1.number }) {
            add(event.number)
            add(Int(event.eventClass.label))
            event.mask.numbers.forEach(add)
        }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
