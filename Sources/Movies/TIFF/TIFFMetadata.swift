import CTIFF
import Foundation

/// What the first page of a TIFF movie says in words: its dimensions and calibration.
struct TIFFMetadata {
    /// Planes along each axis as described; nil where the description is silent.
    struct Dimensions: Equatable {
        var channels: Int?
        var slices: Int?
        var frames: Int?
    }

    let dimensions: Dimensions
    let calibration: RecordedCalibration
    /// Frames that the description of ImageJ promises, which may follow one directory without others.
    let imageJImageCount: Int?

    /// Pixel sizes outside this range come from printers and scanners, not from microscopes.
    private static let plausiblePixelSizeMicrometres = 0.001...50

    init(current tiff: OpaquePointer) {
        let text = Self.description(of: tiff)
        if text.hasPrefix("ImageJ=") {
            let description = ImageJDescription(text)
            dimensions = description.dimensions
            imageJImageCount = description.imageCount
            calibration =
                description.calibration(unitsPerPixel: Self.unitsPerPixel(of: tiff))
                ?? Self.calibrationFromResolution(of: tiff)
        } else if let description = OMEDescription(text) {
            dimensions = description.dimensions
            imageJImageCount = nil
            calibration = description.calibration
        } else {
            dimensions = Dimensions()
            imageJImageCount = nil
            calibration = Self.calibrationFromResolution(of: tiff)
        }
    }

    /// ImageJ shows at most 7 channels; programs that write more, and no other axis, have counted frames as channels.
    private var channelsAreFrames: Bool {
        guard let channels = dimensions.channels, imageJImageCount == channels else { return false }
        return channels > 7 && (dimensions.slices ?? 1) == 1 && (dimensions.frames ?? 1) == 1
    }

    /// Refuses several channels, and depth and time together.
    ///
    /// Planes that are all slices of one time point are taken as frames, as many programs save movies so.
    func checkIsMovie(path: String) throws(TIFFError) {
        if let channels = dimensions.channels, channels > 1, !channelsAreFrames {
            throw .notGreyMovie(path: path, found: "\(channels) channels", remedy: "save one channel alone")
        }
        if let slices = dimensions.slices, let frames = dimensions.frames, slices > 1, frames > 1 {
            throw .notGreyMovie(
                path: path,
                found: "\(slices) slices at each of \(frames) times",
                remedy: "save one slice, or a projection of all, over time"
            )
        }
    }

    /// ImageDescription as text; ImageJ writes Latin-1, OME-XML is UTF-8.
    private static func description(of tiff: OpaquePointer) -> String {
        var text: UnsafePointer<CChar>?
        guard sparkwatch_tiff_get_string(tiff, UInt32(TIFFTAG_IMAGEDESCRIPTION), &text) == 1, let text else {
            return ""
        }
        if let utf8 = String(validatingCString: text) { return utf8 }
        var latin1 = ""
        var byte = text
        while byte.pointee != 0 {
            latin1.unicodeScalars.append(Unicode.Scalar(UInt8(bitPattern: byte.pointee)))
            byte += 1
        }
        return latin1
    }

    /// Units of the resolution per pixel along x and y, from X/YResolution.
    private static func unitsPerPixel(of tiff: OpaquePointer) -> (x: Double, y: Double)? {
        var (x, y): (Float, Float) = (0, 0)
        guard sparkwatch_tiff_get_f32(tiff, UInt32(TIFFTAG_XRESOLUTION), &x) == 1,
            sparkwatch_tiff_get_f32(tiff, UInt32(TIFFTAG_YRESOLUTION), &y) == 1,
            x > 0, y > 0, x.isFinite, y.isFinite
        else { return nil }
        return (1 / Double(x), 1 / Double(y))
    }

    private static func calibrationFromResolution(of tiff: OpaquePointer) -> RecordedCalibration {
        var unit: UInt16 = 0
        guard let (x, y) = unitsPerPixel(of: tiff),
            sparkwatch_tiff_get_u16(tiff, UInt32(TIFFTAG_RESOLUTIONUNIT), &unit) == 1,
            let name = [RESUNIT_INCH: "inch", RESUNIT_CENTIMETER: "cm"][Int32(unit)],
            let micrometres = RecordedUnits.micrometres(perUnit: name),
            plausiblePixelSizeMicrometres.contains(x * micrometres)
        else { return RecordedCalibration() }
        return RecordedCalibration(
            pixelSizeMicrometres: .init(
                value: rounded(x * micrometres),
                origin: "TIFF XResolution per \(name)"
            ),
            remarks: remarksOnShape(x: x, y: y)
        )
    }

    /// A remark if pixels are longer along one axis by more than 1 %.
    static func remarksOnShape(x: Double, y: Double) -> [String] {
        abs(x - y) <= 0.01 * x ? [] : ["pixels are not square: height is \(rounded(y / x)) of the width, which is used"]
    }

    /// Six significant digits: libtiff keeps resolutions in single precision.
    static func rounded(_ value: Double) -> Double {
        let scale = pow(10, 5 - log10(value).rounded(.down))
        return scale.isFinite ? (value * scale).rounded() / scale : value
    }
}
