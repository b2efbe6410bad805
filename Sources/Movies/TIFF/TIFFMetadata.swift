import CTIFF
import Foundation
import Imaging

/// What the first page of a TIFF movie says in words: its dimensions, channels and calibration.
struct TIFFMetadata {
    private(set) var order = PlaneOrder()
    private(set) var channelNames: [String] = []
    private(set) var calibration = RecordedCalibration()
    /// Bits of a pixel that the camera fills; nil if the file does not say.
    private(set) var significantBits: Int?
    /// Where the planes of an OME series lie; empty where they are the pages of this file, in order.
    private(set) var parts: [OMEDescription.Part] = []
    /// Frames that the description of ImageJ promises, which may follow one directory without others.
    private(set) var imageJImageCount: Int?
    /// Planes that another description promises.
    private(set) var promisedPlaneCount: Int?
    /// The program that wrote the file, as it calls itself.
    let software: String
    /// True if pages may hold times of their own, as ScanImage writes them.
    private(set) var hasPageTimes = false

    /// Metadata files beyond this are not read, in bytes.
    private static let largestCompanion = 64 << 20
    /// The tag in which Micro-Manager describes a page as JSON.
    private static let microManagerTag: Int32 = 51123

    /// - Parameters:
    ///   - tiff: A file at its first page.
    ///   - path: Where it is; companions lie beside it.
    ///   - width: Of a frame, in pixels.
    init(current tiff: OpaquePointer, path: String, width: Int) {
        var text = Self.text(of: tiff, tag: TIFFTAG_IMAGEDESCRIPTION)
        let software = Self.text(of: tiff, tag: TIFFTAG_SOFTWARE)
        self.software = software
        var companionRemark: String?
        if let companion = OMEDescription.companion(named: text) {
            if let found = Self.companion(companion, beside: path) {
                text = found
            } else {
                companionRemark = "the metadata is said to be in \(companion), which is not beside the file"
            }
        }
        if text.hasPrefix("ImageJ=") {
            let description = ImageJDescription(text)
            order = description.order
            imageJImageCount = description.imageCount
            calibration =
                description.calibration(unitsPerPixel: Self.unitsPerPixel(of: tiff))
                ?? Self.calibrationFromResolution(of: tiff)
        } else if let description = OMEDescription(text, fileName: URL(filePath: path).lastPathComponent) {
            order = description.order
            channelNames = description.channelNames
            significantBits = description.significantBits
            parts = description.parts
            promisedPlaneCount = description.order.planeCount
            calibration = description.calibration
        } else if let description = ScanImageDescription([software, text]) {
            order = description.order
            channelNames = description.channelNames
            hasPageTimes = true
            description.complete(&calibration, width: width)
        } else if let description = ShapedDescription(text) {
            order = description.order
            promisedPlaneCount = description.order.planeCount
            calibration = Self.calibrationFromResolution(of: tiff)
        } else {
            calibration = Self.calibrationFromResolution(of: tiff)
        }
        if let companionRemark { calibration.remarks.append(companionRemark) }
        significantBits = significantBits ?? Self.significantBits(of: tiff)
    }

    /// Planes of the series that lie in files before this one, as the file says.
    func firstPlane(ofFile name: String) -> Int {
        parts.first { $0.file == nil || $0.file == name }?.firstPlane ?? 0
    }

    /// Takes over what pages say of their times, in s, in the order of the pages.
    mutating func take(pageTimes: [Double]) {
        let steps = zip(pageTimes, pageTimes.dropFirst()).map { 1000 * ($1 - $0) }.filter { $0 > 0 }.sorted()
        guard !steps.isEmpty else { return }
        var timed = RecordedCalibration()
        let median = Self.rounded(steps[steps.count / 2])
        timed.take(.frameInterval, median, from: "ScanImage frameTimestamps_sec, median of \(steps.count) differences")
        calibration.implausible += timed.implausible
        calibration.frameIntervalMilliseconds = timed.frameIntervalMilliseconds ?? calibration.frameIntervalMilliseconds
    }

    /// Takes over what MetaMorph says of a stack.
    mutating func take(_ stack: MetaMorphStack) {
        order = PlaneOrder([.init(axis: .time, count: stack.planeCount)])
        if let interval = stack.frameIntervalMilliseconds {
            calibration.take(
                .frameInterval,
                interval,
                from: "MetaMorph creation times, mean of \(stack.planeCount - 1) differences"
            )
        }
        if let pixelSize = stack.pixelSizeMicrometres {
            calibration.take(.pixelSize, pixelSize, from: "MetaMorph XCalibration")
        }
    }

    /// The text of a companion file in the same folder.
    private static func companion(_ name: String, beside path: String) -> String? {
        let url = URL(filePath: path).deletingLastPathComponent().appending(path: URL(filePath: name).lastPathComponent)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        guard let byteCount = attributes?[.size] as? Int, byteCount <= largestCompanion,
            attributes?[.type] as? FileAttributeType == .typeRegular, let data = try? Data(contentsOf: url)
        else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// A text tag; ImageJ writes Latin-1, OME-XML is UTF-8.
    static func text(of tiff: OpaquePointer, tag: Int32) -> String {
        var text: UnsafePointer<CChar>?
        guard sparkwatch_tiff_get_string(tiff, UInt32(tag), &text) == 1, let text else { return "" }
        if let utf8 = String(validatingCString: text) { return utf8 }
        var latin1 = ""
        var byte = text
        while byte.pointee != 0 {
            latin1.unicodeScalars.append(Unicode.Scalar(UInt8(bitPattern: byte.pointee)))
            byte += 1
        }
        return latin1
    }

    /// The bits that the largest sample value of TIFF, or Micro-Manager, tells.
    private static func significantBits(of tiff: OpaquePointer) -> Int? {
        var largest: UInt16 = 0
        if sparkwatch_tiff_get_set_u16(tiff, UInt32(TIFFTAG_MAXSAMPLEVALUE), &largest) == 1,
            (255..<UInt16.max).contains(largest)
        {
            return UInt16.bitWidth - largest.leadingZeroBitCount
        }
        var count: UInt32 = 0
        var text: UnsafePointer<CChar>?
        guard sparkwatch_tiff_get_text(tiff, UInt32(microManagerTag), &count, &text) == 1, let text, count > 0 else {
            return nil
        }
        struct Page: Decodable {
            let bits: Int?
            enum CodingKeys: String, CodingKey { case bits = "BitDepth" }
        }
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(count)).prefix { $0 != 0 }
        return (try? JSONDecoder().decode(Page.self, from: Data(bytes)))?.bits
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
        var calibration = RecordedCalibration()
        var unit: UInt16 = 0
        guard let (x, y) = unitsPerPixel(of: tiff),
            sparkwatch_tiff_get_u16(tiff, UInt32(TIFFTAG_RESOLUTIONUNIT), &unit) == 1,
            let name = [RESUNIT_INCH: "inch", RESUNIT_CENTIMETER: "cm"][Int32(unit)],
            let micrometres = RecordedUnits.micrometres(perUnit: name)
        else { return calibration }
        calibration.take(.pixelSize, rounded(x * micrometres), from: "TIFF XResolution per \(name)")
        if calibration.pixelSizeMicrometres != nil { calibration.remarks += remarksOnShape(x: x, y: y) }
        return calibration
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
