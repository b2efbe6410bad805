import CTIFF
import Foundation
package import Imaging

/// Where a recorder puts the frames of one series; used on the recorder's thread alone.
package protocol RecordingStore: AnyObject {
    /// Stores a frame behind those that are there.
    ///
    /// - Parameters:
    ///   - frame: pixels as the sender stores them, `[y][x]`, in the byte order of this machine.
    ///   - stamp: which frame it is.
    /// - Throws: if it could not be stored; the frames before are kept, and the next one may be tried.
    func append(_ frame: UnsafeRawBufferPointer, stamp: RecordedFrame) throws

    /// Completes the recording; without this call the frames are kept.
    func finish(_ end: SeriesEnd) throws
}

/// A BigTIFF file that is complete up to its last frame at any moment, also when the process is killed.
///
/// Every frame is written with its directory and stamp behind what is there, and only then linked. All records are
/// equally long. The description's frame count is corrected in place; the times of the frames are listed in it at the
/// end. Every five seconds all of it is brought to the disk.
///
///     header | OME-XML | series | pixels, directory, stamp | pixels, directory, stamp | ... | OME-XML with times
package final class RecordingWriter: RecordingStore {
    private let path: String
    private let description: RecordingDescription
    private let layout: TIFFLayout
    private var series: RecordedSeries
    private var file: PositionedFile?
    private var frameCount = 0
    private var lastFlush = ContinuousClock.now
    private var hasAllTimes = true
    /// Reused from frame to frame.
    private var record: [UInt8] = []

    private let textByteCount: Int
    private let seriesOffset: Int
    private let seriesByteCount: Int
    private let firstRecordOffset: Int

    /// Room for the longest stamp: six numbers of up to 20 digits and their names.
    private static let stampByteCount = 256
    /// Room that the end of a series takes in its description.
    private static let seriesEndByteCount = 128
    /// What a power cut may cost, besides what the disk itself has not kept.
    private static let flushInterval = Duration.seconds(5)
    private static let textOffset = TIFFDirectoryBytes.bigHeader.count
    /// Longest list of frame times in the description, which others have to digest; the pages have them in any case.
    private static let mostListedTimes = 200_000

    /// Creates the file.
    ///
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``, also if there is such a file already.
    package init(
        path: String,
        series: RecordedSeries,
        size: FrameSize,
        pixelType: PixelType,
        firstFrame: RecordedFrame
    ) throws {
        self.path = path
        self.series = series
        description = RecordingDescription(
            series: series,
            size: size,
            pixelType: pixelType,
            startNanoseconds: firstFrame.acquisitionNanoseconds ?? firstFrame.receiveNanoseconds
        )
        let calibration = series.pixelWidthMicrometres.map {
            Calibration(pixelSizeMicrometres: $0, frameIntervalMilliseconds: series.frameIntervalMilliseconds ?? 0)
        }
        layout = TIFFLayout(
            path: path,
            description: TIFFDescription(
                dialect: .ome,
                size: size,
                pixelType: pixelType,
                calibration: calibration,
                displayRange: nil
            ),
            compression: .none,
            isBigTIFF: true
        )
        let text = Array(description.text(frameCount: 0).utf8)
        let seriesText = Array(try PlainJSON.encode(series))
        textByteCount = text.count + 1
        seriesOffset = Self.aligned(Self.textOffset + textByteCount)
        seriesByteCount = seriesText.count + Self.seriesEndByteCount
        firstRecordOffset = Self.aligned(seriesOffset + seriesByteCount)

        let file = try PositionedFile(path: path, creating: true, replacing: false)
        var start = TIFFDirectoryBytes.bigHeader + text
        start += [UInt8](repeating: 0, count: seriesOffset - start.count)
        start += Self.padded(seriesText, to: seriesByteCount)
        start += [UInt8](repeating: 0, count: firstRecordOffset - start.count)
        guard start.withUnsafeBytes({ file.write($0, at: 0) }) else {
            throw TIFFError.cannotOpen(path: path, reason: PositionedFile.lastReason)
        }
        self.file = consume file
    }

    package func append(_ frame: UnsafeRawBufferPointer, stamp: RecordedFrame) throws {
        precondition(frame.count == layout.frameByteCount, "a frame has one value per pixel")
        guard file != nil else { throw failure("the file is closed") }
        let offset = recordOffset(of: frameCount)
        let directoryOffset = offset + Self.aligned(frame.count)
        let directory = directory(ofPage: frameCount, recordOffset: offset)
        let stampText = Array(try PlainJSON.encode(stamp))
        precondition(stampText.count < Self.stampByteCount, "a stamp has a few numbers only")

        record.removeAll(keepingCapacity: true)
        record += frame
        record += [UInt8](repeating: 0, count: Self.aligned(frame.count) - frame.count)
        record += directory.bytes
        record += Self.padded(stampText, to: Self.stampByteCount)
        record += [UInt8](repeating: 0, count: Self.aligned(record.count) - record.count)
        let link = TIFFDirectoryBytes.addressBytes(directoryOffset, layout)
        // Made before anything is written: between link and count lies nothing but a system call.
        let text = Array(description.text(frameCount: frameCount + 1).utf8)
        guard record.withUnsafeBytes({ file!.write($0, at: offset) }),
            link.withUnsafeBytes({ file!.write($0, at: linkOffset(toPage: frameCount)) })
        else { throw failure(PositionedFile.lastReason) }
        frameCount += 1
        hasAllTimes = hasAllTimes && stamp.acquisitionNanoseconds != nil
        guard text.withUnsafeBytes({ file!.write($0, at: Self.textOffset) }) else {
            throw failure(PositionedFile.lastReason)
        }
        try flushIfDue()
    }

    /// Brings to the disk what has come since the last time, so that a power cut takes no more than that.
    private func flushIfDue() throws {
        guard ContinuousClock.now - lastFlush >= Self.flushInterval else { return }
        lastFlush = .now
        guard file!.flush() else { throw failure(PositionedFile.lastReason) }
    }

    package func finish(_ end: SeriesEnd) throws {
        guard file != nil else { throw failure("the file is closed") }
        series.end = RecordedSeries.End(end)
        let seriesText = Self.padded(Array(try PlainJSON.encode(series)), to: seriesByteCount)
        guard seriesText.withUnsafeBytes({ file!.write($0, at: seriesOffset) }),
            file!.truncate(to: recordOffset(of: frameCount)), listTimes(), file!.flush(),
            let file = file.take(), file.finish()
        else { throw failure(PositionedFile.lastReason) }
    }

    private func failure(_ reason: String) -> TIFFError {
        .writeFailed(path: path, frame: frameCount, reason: reason)
    }

    // MARK: - Layout

    private func recordOffset(of page: Int) -> Int {
        guard page > 0 else { return firstRecordOffset }
        return firstRecordOffset + recordByteCount(ofPage: 0) + (page - 1) * recordByteCount(ofPage: 1)
    }

    private func recordByteCount(ofPage page: Int) -> Int {
        let directoryByteCount = TIFFDirectoryBytes.byteCount(withTexts: page == 0 ? 3 : 1, in: layout)
        return Self.aligned(layout.frameByteCount) + Self.aligned(directoryByteCount + Self.stampByteCount)
    }

    private func directory(ofPage page: Int, recordOffset: Int) -> TIFFDirectoryBytes {
        let textCount = page == 0 ? 3 : 1
        let directoryByteCount = TIFFDirectoryBytes.byteCount(withTexts: textCount, in: layout)
        let stampOffset = recordOffset + Self.aligned(layout.frameByteCount) + directoryByteCount
        var texts: [TIFFDirectoryBytes.Text] = [
            .init(tag: RecordingTag.frame, offset: stampOffset, byteCount: Self.stampByteCount)
        ]
        if page == 0 {
            texts += [
                .init(tag: TIFFTAG_IMAGEDESCRIPTION, offset: Self.textOffset, byteCount: textByteCount),
                .init(tag: RecordingTag.series, offset: seriesOffset, byteCount: seriesByteCount),
            ]
        }
        return TIFFDirectoryBytes(lastIn: layout, stripOffset: recordOffset, texts: texts)
    }

    private func directoryOffset(ofPage page: Int) -> Int {
        recordOffset(of: page) + Self.aligned(layout.frameByteCount)
    }

    /// Where the offset of a page's directory is stored: in the header, or in the page before.
    private func linkOffset(toPage page: Int) -> Int {
        guard page > 0 else { return TIFFDirectoryBytes.bigHeader.count - 8 }
        let before = directory(ofPage: page - 1, recordOffset: recordOffset(of: page - 1))
        return directoryOffset(ofPage: page - 1) + before.linkOffset
    }

    // MARK: - Times

    /// Appends a description that lists when each frame was taken, and lets the first page refer to it.
    ///
    /// - Returns: False with `errno` set if the first page could not be changed. A list for which there is no room is
    ///   left out.
    private func listTimes() -> Bool {
        guard hasAllTimes, frameCount > 0, frameCount <= Self.mostListedTimes else { return true }
        let start = recordOffset(of: frameCount)
        var end = start
        var piece = Array(description.head(frameCount: frameCount).utf8)
        for page in 0..<frameCount {
            guard let stamp = stamp(ofPage: page), let time = stamp.acquisitionNanoseconds else { return true }
            piece += description.plane(page, nanoseconds: time).utf8
            if page == frameCount - 1 { piece += Array(RecordingDescription.tail.utf8) + [0] }
            guard piece.count >= 1 << 16 || page == frameCount - 1 else { continue }
            guard piece.withUnsafeBytes({ file!.write($0, at: end) }) else { return file!.truncate(to: start) }
            end += piece.count
            piece.removeAll(keepingCapacity: true)
        }
        let first = directory(ofPage: 0, recordOffset: firstRecordOffset)
        guard let field = first.textFields[TIFFTAG_IMAGEDESCRIPTION] else { return true }
        let bytes =
            TIFFDirectoryBytes.addressBytes(end - start, layout) + TIFFDirectoryBytes.addressBytes(start, layout)
        return bytes.withUnsafeBytes { file!.write($0, at: directoryOffset(ofPage: 0) + field) }
    }

    private func stamp(ofPage page: Int) -> RecordedFrame? {
        let directoryByteCount = TIFFDirectoryBytes.byteCount(withTexts: page == 0 ? 3 : 1, in: layout)
        var text = [UInt8](repeating: 0, count: Self.stampByteCount - 1)
        let offset = directoryOffset(ofPage: page) + directoryByteCount
        guard text.withUnsafeMutableBytes({ file!.read(into: $0, at: offset) }) else { return nil }
        return try? PlainJSON.decode(RecordedFrame.self, from: Data(text))
    }

    private static func aligned(_ offset: Int) -> Int { (offset + 7) & ~7 }

    /// Text with blanks behind it and the NUL that TIFF demands.
    private static func padded(_ text: [UInt8], to byteCount: Int) -> [UInt8] {
        precondition(text.count < byteCount, "the text fits into its room")
        return text + [UInt8](repeating: 0x20, count: byteCount - 1 - text.count) + [0]
    }
}
