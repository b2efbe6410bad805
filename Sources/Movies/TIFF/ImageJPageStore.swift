import Foundation

/// Stores uncompressed frames one behind the other, as ImageJ demands of files with its description.
///
/// ImageJ reads `images=N` in the first directory and then takes N frames from behind the first strip, whatever the
/// other directories say. So the file starts with one directory, the frames follow without a gap, and the other
/// directories, for all other readers, come last. Until then the file is the single-directory form that ImageJ itself
/// writes beyond 4 GB; the number of frames in it is kept up to date.
final class ImageJPageStore: TIFFPageStore {
    private let layout: TIFFLayout
    private let firstDirectory: TIFFDirectoryBytes
    private var file: PositionedFile?
    private var frameCount = 0

    /// Directories are written in pieces of about this size.
    private static let pieceByteCount = 1 << 20

    init(_ layout: TIFFLayout) throws(TIFFError) {
        self.layout = layout
        firstDirectory = TIFFDirectoryBytes(firstOf: layout)
        let file = try PositionedFile(path: layout.path, creating: true)
        guard firstDirectory.bytes.withUnsafeBytes({ file.write($0, at: 0) }) else {
            throw .cannotOpen(path: layout.path, reason: PositionedFile.lastReason)
        }
        self.file = consume file
    }

    func append(_ frame: UnsafeRawBufferPointer) throws(TIFFError) {
        let offset = offset(ofFrame: frameCount)
        guard layout.isBigTIFF || offset + frame.count <= Int(UInt32.max) else {
            throw failure("more than 4 GB need BigTIFF")
        }
        guard file != nil else { throw failure("the file is closed") }
        guard file!.write(frame, at: offset) else { throw failure(PositionedFile.lastReason) }
        frameCount += 1
        guard recordFrameCount() else { throw failure(PositionedFile.lastReason) }
    }

    func finish() throws(TIFFError) {
        guard appendDirectories(), let file = file.take(), file.finish() else {
            throw failure(PositionedFile.lastReason)
        }
    }

    private func failure(_ reason: String) -> TIFFError {
        .writeFailed(path: layout.path, frame: frameCount, reason: reason)
    }

    private func offset(ofFrame frame: Int) -> Int { firstDirectory.bytes.count + frame * layout.frameByteCount }

    private func recordFrameCount() -> Bool {
        guard let text = layout.description.text(frameCount: frameCount) else { return true }
        return Array(text.utf8).withUnsafeBytes { file!.write($0, at: firstDirectory.textOffset) }
    }

    /// Writes the directories of all frames but the first and links them to it, the link last.
    private func appendDirectories() -> Bool {
        guard frameCount > 1 else { return true }
        let start = (offset(ofFrame: frameCount) + 7) & ~7
        let byteCount = TIFFDirectoryBytes.byteCount(ofLaterPageIn: layout)
        // Too long for classic TIFF: stay in the single-directory form, which ImageJ reads.
        if !layout.isBigTIFF && start + (frameCount - 1) * byteCount > Int(UInt32.max) { return true }

        let pagesPerPiece = max(1, Self.pieceByteCount / byteCount)
        for firstFrame in stride(from: 1, to: frameCount, by: pagesPerPiece) {
            var piece: [UInt8] = []
            let pieceStart = start + (firstFrame - 1) * byteCount
            for frame in firstFrame..<min(frameCount, firstFrame + pagesPerPiece) {
                piece +=
                    TIFFDirectoryBytes(
                        ofPageIn: layout,
                        stripOffset: offset(ofFrame: frame),
                        resolutionOffset: firstDirectory.resolutionOffset,
                        nextDirectoryOffset: frame + 1 < frameCount ? start + frame * byteCount : 0
                    ).bytes
            }
            guard piece.withUnsafeBytes({ file!.write($0, at: pieceStart) }) else { return false }
        }
        return TIFFDirectoryBytes.addressBytes(start, layout).withUnsafeBytes {
            file!.write($0, at: firstDirectory.linkOffset)
        }
    }
}
