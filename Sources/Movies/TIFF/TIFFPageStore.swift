import Imaging

/// The open file behind a ``TIFFMovieWriter``.
protocol TIFFPageStore: AnyObject {
    /// Stores one frame behind those that are there.
    func append(_ frame: UnsafeRawBufferPointer) throws(TIFFError)

    /// Completes the file and closes it. Without this call the frames are kept and the file is closed.
    func finish() throws(TIFFError)
}

/// What a page store has to know about its movie.
struct TIFFLayout {
    let path: String
    let description: TIFFDescription
    let compression: TIFFMovieWriter.Compression
    let isBigTIFF: Bool

    var frameByteCount: Int { description.size.pixelCount * description.pixelType.byteCount }

    /// The text for the first page, written before the number of frames is known.
    var initialText: String? { description.text(frameCount: 1) }

    /// X/YResolution and its unit: ImageJ counts pixels per unit of its description, all others per centimetre.
    var resolution: (pixelsPerUnit: Double, isPerCentimetre: Bool)? {
        guard let pixelSize = description.calibration?.pixelSizeMicrometres else { return nil }
        return switch description.dialect {
        case .imageJ, .omeAndImageJ: (1 / pixelSize, false)
        case .plain, .ome: (10_000 / pixelSize, true)
        }
    }
}
