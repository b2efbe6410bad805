import CTIFF
import Foundation
package import Imaging

/// A TIFF movie that another program is still writing: its frames as they become complete.
///
/// A frame counts when its directory and all its pixels lie within the file. Programs that write all pixels first and
/// the directories at the end (ImageJ, tifffile) are followed by the length of the file. Use it on one thread only.
package final class GrowingMovie {
    /// What was found by a look at the file.
    package enum Look: Equatable {
        case unchanged
        case grown
        /// Another file is at the path, or this one begins anew.
        case replaced
        /// What follows the frames so far can never become a frame.
        case damaged(String)
    }

    /// What is known once the first frame is there.
    package struct Description {
        package let size: FrameSize
        package let pixelType: PixelType
        package let calibration: RecordedCalibration
        /// Bits of a pixel that the camera fills; nil if the file does not say.
        package let significantBits: Int?
        package let channelName: String?
        /// What a person should know of the file.
        package let remarks: [String]
        /// Frames of the series that are in earlier files, as the file says.
        package let earlierFrameCount: Int
    }

    package let path: String
    /// Nil until the first frame is complete.
    package private(set) var description: Description?
    /// Complete frames so far.
    package private(set) var frameCount = 0
    /// When the file last grew by a frame.
    package private(set) var lastGrowth: ContinuousClock.Instant

    private let channel: String?
    private let file: PositionedFile
    private let identity: FileIdentity
    private var largestByteCount = 0
    private var chain: DirectoryChain?
    private var reader: TIFFDirectoryReader?
    private var firstDirectory: DirectoryChain.Directory?
    /// Offsets of directories, or of pixels if the planes follow each other.
    private var places: [Int] = []
    /// When each place was found; nil for what was there when the file was opened.
    private var foundAt: [ContinuousClock.Instant?] = []
    private var isContiguous = false
    private var mayBecomeContiguous = false
    private var channelIndex = 0
    /// Indices into ``places`` of the frames of the channel; empty if all are.
    private var planes: [Int] = []
    private var hasLooked = false

    /// Pages taken note of in one look, at most.
    private static let mostPagesPerLook = 4096
    /// Longest description that is read again for the number of frames.
    private static let longestDescription = 1 << 16

    /// Opens a file; nothing need be in it yet.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - channel: Name or number, from 1, of the wanted channel; nil for the first.
    ///   - now: The present.
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``.
    package init(path: String, channel: String?, at now: ContinuousClock.Instant) throws(TIFFError) {
        let file = try PositionedFile(path: path, creating: false)
        guard file.byteCount != nil, let identity = FileIdentity(path: path) else {
            throw .cannotOpen(path: path, reason: "not a regular file")
        }
        self.path = path
        self.channel = channel
        self.identity = identity
        self.file = consume file
        lastGrowth = now
    }

    /// Looks for frames that have become complete.
    ///
    /// - Throws: ``TIFFError`` if the file is no movie of grey frames.
    /// - Complexity: O(new frames)
    package func look(at now: ContinuousClock.Instant) throws(TIFFError) -> Look {
        guard let byteCount = file.byteCount, byteCount >= largestByteCount else { return .replaced }
        largestByteCount = byteCount
        if chain == nil { chain = try DirectoryChain(file, path: path) }
        let isFirst = !hasLooked
        hasLooked = true
        let before = frameCount
        var problem: String?
        if chain != nil {
            let found: ContinuousClock.Instant? = isFirst ? nil : now
            if !isContiguous { problem = try followChain(byteCount: byteCount, found: found) }
            if mayBecomeContiguous {
                takePlanes(byteCount: byteCount, found: found)
                // Pages after all: those behind the first may be there, too.
                if !mayBecomeContiguous { problem = try followChain(byteCount: byteCount, found: found) }
            }
            try countFrames()
        }
        if frameCount > before {
            lastGrowth = now
            return .grown
        }
        // Asked at leisure: only when nothing has come.
        if let own = FileIdentity(path: path), own != identity { return .replaced }
        return problem.map { .damaged($0) } ?? .unchanged
    }

    /// When a frame was found; nil if it was there when the file was opened.
    package func foundAt(frame: Int) -> ContinuousClock.Instant? { foundAt[place(of: frame)] }

    /// Fills `target` with a frame as it is stored, `[y][x]`, in the byte order of this machine.
    ///
    /// - Precondition: `frame` is in `0..<frameCount`, and `target` has room for exactly one frame.
    /// - Throws: ``TIFFError/damagedFrame(path:frame:reason:)``.
    package func read(frame: Int, into target: UnsafeMutableRawBufferPointer) throws(TIFFError) {
        precondition((0..<frameCount).contains(frame), "frame \(frame) of \(frameCount)")
        guard let reader else { preconditionFailure("frames have a reader") }
        let place = places[place(of: frame)]
        if isContiguous {
            try reader.read(planeAt: place, frame: frame, into: target)
        } else {
            try reader.read(pageAt: UInt64(place), frame: frame, into: target)
        }
    }

    /// What a recorder of ours kept of a frame; nil for other files.
    package func recordedFrame(_ frame: Int) -> RecordedFrame? {
        text(ofPrivateTag: RecordingTag.frame, frame: frame).flatMap {
            try? PlainJSON.decode(RecordedFrame.self, from: Data($0.utf8))
        }
    }

    /// What a recorder of ours keeps of the series, as it stands now; nil for other files.
    package var recordedSeries: RecordedSeries? {
        text(ofPrivateTag: RecordingTag.series, frame: 0).flatMap {
            try? PlainJSON.decode(RecordedSeries.self, from: Data($0.utf8))
        }
    }

    private func text(ofPrivateTag tag: Int32, frame: Int) -> String? {
        guard let reader, !isContiguous, frame < frameCount else { return nil }
        return reader.text(ofPrivateTag: tag, pageAt: UInt64(places[place(of: frame)]))
    }

    private func place(of frame: Int) -> Int { planes.isEmpty ? frame : planes[frame] }
}

// MARK: - Finding frames

extension GrowingMovie {
    /// Goes along the directories.
    ///
    /// - Returns: What is wrong with the next one; nil if it is merely not there.
    private func followChain(byteCount: Int, found: ContinuousClock.Instant?) throws(TIFFError) -> String? {
        for _ in 0..<Self.mostPagesPerLook {
            switch chain!.next(in: file, byteCount: byteCount) {
            case .page(let directory):
                if reader == nil {
                    try open(directory)
                } else if directory.isReducedImage {
                    continue
                } else {
                    // Directories that come last describe the planes that are known already.
                    if isContiguous { return nil }
                    mayBecomeContiguous = false
                }
                places.append(directory.offset)
                foundAt.append(found)
                if mayBecomeContiguous { return nil }
            case .unfinished: return nil
            case .damaged(let reason): return reason
            }
        }
        return nil
    }

    private func open(_ directory: DirectoryChain.Directory) throws(TIFFError) {
        let reader = try TIFFDirectoryReader(growing: path)
        let metadata = reader.metadata
        try metadata.order.checkIsMovie(path: path)
        let selection = try ChannelSelection(
            channel,
            count: metadata.order.channelCount,
            names: metadata.channelNames,
            path: path
        )
        let names = metadata.channelNames
        channelIndex = selection.index
        description = Description(
            size: reader.size,
            pixelType: reader.pixelType,
            calibration: metadata.calibration,
            significantBits: metadata.significantBits,
            channelName: names.indices.contains(selection.index) && !names[selection.index].isEmpty
                ? names[selection.index] : nil,
            remarks: metadata.calibration.remarks + [selection.remark].compactMap(\.self),
            earlierFrameCount: metadata.firstPlane(ofFile: URL(filePath: path).lastPathComponent)
        )
        let frameByteCount = reader.size.pixelCount * reader.pixelType.byteCount
        let writesPixelsFirst = metadata.imageJImageCount != nil || metadata.software.hasPrefix("tifffile")
        mayBecomeContiguous =
            writesPixelsFirst && reader.firstPage.compression == Int(COMPRESSION_NONE)
            && directory.offset < directory.pixels.lowerBound && directory.pixels.count == frameByteCount
        firstDirectory = directory
        self.reader = reader
    }

    /// Takes note of planes that follow the first one without directories of their own.
    private func takePlanes(byteCount: Int, found: ContinuousClock.Instant?) {
        guard let first = firstDirectory, let chain, let link = chain.link(in: file) else { return }
        let (start, frameByteCount) = (first.pixels.lowerBound, first.pixels.count)
        guard link == 0 || link >= start + 2 * frameByteCount else {
            // A page of its own follows the first one at once.
            mayBecomeContiguous = isContiguous
            return
        }
        let end = link == 0 ? byteCount : min(byteCount, link)
        var count = (end - start) / frameByteCount
        if reader?.metadata.imageJImageCount != nil { count = min(count, promisedImageCount(first) ?? 1) }
        guard count > 1 else { return }
        if !isContiguous {
            isContiguous = true
            places[0] = start
        }
        for plane in places.count..<max(places.count, min(count, places.count + Self.mostPagesPerLook)) {
            let offset = start + plane * frameByteCount
            // What the writer appends at the end is no plane.
            if link == 0, chain.looksLikeDirectory(at: offset + offset % 2, in: file) { return }
            places.append(offset)
            foundAt.append(found)
        }
    }

    /// The number of frames that the description of ImageJ promises now: some writers keep it up to date.
    private func promisedImageCount(_ directory: DirectoryChain.Directory) -> Int? {
        guard let place = directory.description, place.count <= Self.longestDescription else { return nil }
        var bytes = [UInt8](repeating: 0, count: place.count)
        guard bytes.withUnsafeMutableBytes({ file.read(into: $0, at: place.lowerBound) }) else { return nil }
        return ImageJDescription(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)).imageCount
    }

    /// Counts the frames of the channel among the planes that are there.
    private func countFrames() throws(TIFFError) {
        guard let order = reader?.metadata.order, places.count > 0 else { return }
        guard order.channelCount > 1 else {
            frameCount = places.count
            return
        }
        planes = order.planes(ofChannel: channelIndex, among: places.count)
        frameCount = planes.count
    }
}
