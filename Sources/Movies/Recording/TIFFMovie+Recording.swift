import Foundation
import Imaging

extension TIFFMovie {
    /// What the recorder kept of the series; nil if the movie is no recording of ours.
    package var recordedSeries: RecordedSeries? {
        text(ofPrivateTag: RecordingTag.series, frame: 0).flatMap { text in
            try? PlainJSON.decode(RecordedSeries.self, from: Data(text.utf8))
        }
    }

    /// What the recorder kept of a frame; nil if it kept nothing.
    ///
    /// - Precondition: `frame` is in `0..<frameCount`.
    package func recordedFrame(_ frame: Int) -> RecordedFrame? {
        text(ofPrivateTag: RecordingTag.frame, frame: frame).flatMap { text in
            try? PlainJSON.decode(RecordedFrame.self, from: Data(text.utf8))
        }
    }
}
