import Imaging

/// What following a file or a folder brings, in the order of the recording.
package enum FollowedItem {
    /// A series begins; its frames come next.
    case series(FollowedSeries)
    /// A frame; its pixels are in ``FrameFollower/pixels`` until the next item is asked for.
    case frame(FollowedFrame)
    /// The series is over, as a recorder of ours says, or because whoever wrote it has closed it for good.
    case end(RecordedSeries.End?)
    /// A file or a frame cannot be used.
    case refused(FollowedRefusal)
    /// A frame came after others had been taken in its place.
    case late(frame: Int)
    /// A file beside those of the series, of another channel or position.
    case beside(name: String)
    /// What a person should know.
    case note(String)
}

/// A series of frames in files.
package struct FollowedSeries {
    /// As a recorder of ours names it, else made of the name of the file and the time.
    package let seriesID: String?
    /// Name of the file, or of the folder of single frames.
    package let name: String
    package let description: GrowingMovie.Description
    /// What a recorder of ours keeps of it; nil for other files.
    package let recorded: RecordedSeries?
}

/// One frame of a followed series.
package struct FollowedFrame {
    /// Acquisition index: as recorded, the number in the name of a single frame, or counted.
    package let index: Int
    /// What a recorder of ours kept of it.
    package let recorded: RecordedFrame?
    /// When it was found; nil if it was there before.
    package let foundAt: ContinuousClock.Instant?
}

/// Why a file or a frame is left out.
package struct FollowedRefusal {
    package enum Reason: Sendable {
        /// What is there can never be read as a frame.
        case damaged
        /// It was never finished.
        case unfinished
        /// Frames are larger than what is allowed.
        case tooLarge
    }

    package let reason: Reason
    package let text: String
    /// The frame whose place stays empty; nil for a whole file.
    package let frame: Int?
}

/// How files are followed.
package struct FollowSettings: Sendable {
    /// Name or number, from 1, of the channel to take; nil for the first.
    package var channel: String?
    /// Most pixels of a frame.
    package var largestPixelCount = 2048 * 2048
    /// How long a missing frame, or a half-written one, is waited for while others are there.
    package var lateWait = Duration.seconds(2)
    /// Time without a frame after which a file that nobody writes to ends its series.
    package var endAfter = Duration.seconds(10)
    /// Takes files that lay in the folder long before.
    package var takesExisting = false
    /// How news comes.
    package var means = FolderWatch.Means.automatic

    /// How long bytes that look half-written are looked at again before they are believed.
    static let settling = Duration.milliseconds(250)
    /// How long a file must be quiet before the next one is taken for its continuation.
    static let rotationPause = Duration.milliseconds(500)
    /// How long the only frame of a file is taken for the first of more in it.
    static let decisionPause = Duration.seconds(1)

    package init() {}
}

/// The pixels of one frame as they are stored; the room grows to the largest frame and is then reused.
final class FrameRoom {
    private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 64)
    private var byteCount = 0

    deinit { room.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: room[..<byteCount]) }

    /// Room for so many bytes; what was in it is forgotten.
    func resized(to byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if room.count < byteCount {
            room.deallocate()
            room = .allocate(byteCount: byteCount, alignment: 64)
        }
        self.byteCount = byteCount
        return UnsafeMutableRawBufferPointer(rebasing: room[..<byteCount])
    }
}
