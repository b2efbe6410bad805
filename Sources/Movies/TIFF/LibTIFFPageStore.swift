import CTIFF
import Foundation
import Imaging

/// Stores each frame as a page of its own through libtiff: pixels, then the page's directory.
///
/// Every page is linked when ``append(_:)`` returns.
final class LibTIFFPageStore: TIFFPageStore {
    private let layout: TIFFLayout
    private let messages = TIFFMessages()
    private var file: PositionedFile?
    private var tiff: OpaquePointer?
    private var frameCount = 0

    init(_ layout: TIFFLayout) throws(TIFFError) {
        self.layout = layout
        let file = try PositionedFile(path: layout.path, creating: true)
        let descriptor = file.descriptor
        self.file = consume file
        messages.clear()
        tiff = messages.opening(largestAllocation: 0) { options in
            TIFFFdOpenExt(descriptor, layout.path, layout.isBigTIFF ? "w8" : "w", options)
        }
        guard tiff != nil else { throw .cannotOpen(path: layout.path, reason: messages.reason) }
    }

    deinit {
        if let tiff { TIFFCleanup(tiff) }
    }

    func append(_ frame: UnsafeRawBufferPointer) throws(TIFFError) {
        guard let tiff else { throw failure("an earlier frame could not be written") }
        messages.clear()
        setTags(of: tiff)
        let source = UnsafeMutableRawPointer(mutating: frame.baseAddress)
        let byteCount = tmsize_t(frame.count)
        guard TIFFWriteEncodedStrip(tiff, 0, source, byteCount) == byteCount, TIFFWriteDirectory(tiff) == 1 else {
            // A new directory forgets the incomplete page, which closing would otherwise try to write again.
            TIFFCreateDirectory(tiff)
            TIFFCleanup(tiff)
            self.tiff = nil
            throw failure(messages.reason)
        }
        frameCount += 1
    }

    func finish() throws(TIFFError) {
        guard let tiff, let file = file.take() else { throw failure("an earlier frame could not be written") }
        self.tiff = nil
        TIFFCleanup(tiff)
        guard completeDescriptions(in: file), file.finish() else { throw failure(PositionedFile.lastReason) }
    }

    private func failure(_ reason: String) -> TIFFError {
        .writeFailed(path: layout.path, frame: frameCount, reason: reason)
    }

    private func setTags(of tiff: OpaquePointer) {
        func set(_ tag: Int32, _ value: Int32) { _ = sparkwatch_tiff_set_u16(tiff, UInt32(tag), UInt16(value)) }
        let (size, pixelType) = (layout.description.size, layout.description.pixelType)
        _ = sparkwatch_tiff_set_u32(tiff, UInt32(TIFFTAG_IMAGEWIDTH), UInt32(size.width))
        _ = sparkwatch_tiff_set_u32(tiff, UInt32(TIFFTAG_IMAGELENGTH), UInt32(size.height))
        _ = sparkwatch_tiff_set_u32(tiff, UInt32(TIFFTAG_ROWSPERSTRIP), UInt32(size.height))
        set(TIFFTAG_BITSPERSAMPLE, Int32(8 * pixelType.byteCount))
        set(TIFFTAG_SAMPLEFORMAT, pixelType == .float32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT)
        set(TIFFTAG_SAMPLESPERPIXEL, 1)
        set(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)
        set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG)
        set(TIFFTAG_COMPRESSION, layout.compression == .deflate ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_NONE)
        if let (pixelsPerUnit, isPerCentimetre) = layout.resolution {
            set(TIFFTAG_RESOLUTIONUNIT, isPerCentimetre ? RESUNIT_CENTIMETER : RESUNIT_NONE)
            _ = sparkwatch_tiff_set_f64(tiff, UInt32(TIFFTAG_XRESOLUTION), pixelsPerUnit)
            _ = sparkwatch_tiff_set_f64(tiff, UInt32(TIFFTAG_YRESOLUTION), pixelsPerUnit)
        }
        if frameCount == 0, let text = layout.initialText {
            _ = sparkwatch_tiff_set_string(tiff, UInt32(TIFFTAG_IMAGEDESCRIPTION), text)
        }
    }

    /// Corrects the frame count in the description of the first page and adds that of ImageJ where both are wanted.
    ///
    /// - Returns: False with `errno` set if the file could not be read or written.
    private func completeDescriptions(in file: borrowing PositionedFile) -> Bool {
        guard frameCount > 0, let text = layout.description.text(frameCount: frameCount) else { return true }
        guard let directory = TIFFFirstDirectory(of: file, isBigTIFF: layout.isBigTIFF),
            directory.replaceDescription(by: text, in: file)
        else { return false }
        guard let second = layout.description.secondText(frameCount: frameCount) else { return true }
        return directory.addDescription(second, in: file)
    }
}
