import Detection
import Foundation
import Imaging
import Wire

/// One movie's results as a page that needs nothing but itself: style, script and data are inside.
struct ReportPage {
    let run: RunRecord
    let movie: String
    let size: FrameSize
    let frameCount: Int
    let calibration: Calibration
    let events: [EventMessage]
    /// One per event.
    let footprints: [EventFootprint]
    let places: ReportPlaces
    /// Nil if movement was not looked for.
    let movement: ReportMovement?
    let traces: MovieTraces

    /// Writes the page, whole or not at all.
    ///
    /// - Throws: A file error.
    func write(to url: URL) throws {
        // Text of a script ends at "</script", wherever it stands: "<" is written as an escape.
        let json = String(decoding: try PlainJSON.encode(content), as: UTF8.self).replacing("<", with: "\\u003c")
        let scripts = [PackageResources.report_js, PackageResources.charts_js, PackageResources.places_js]
        let page = Self.text(PackageResources.report_html)
            .replacing("/*STYLE*/", with: Self.text(PackageResources.report_css))
            .replacing("/*SCRIPT*/", with: scripts.map(Self.text).joined())
            .replacing("/*DATA*/", with: json)
        try Data(page.utf8).write(to: url, options: .atomic)
    }

    private static func text(_ resource: [UInt8]) -> String { String(decoding: resource, as: UTF8.self) }

    private var content: Content {
        Content(
            movie: movie,
            run: run,
            frames: frameCount,
            height: size.height,
            width: size.width,
            pixel_um: calibration.pixelSizeMicrometres,
            interval_ms: calibration.frameIntervalMilliseconds,
            image: GreyImage(traces.meanImage, size: size),
            events: events,
            shapes: footprints.map(\.runs),
            widths_um: footprints.map {
                (Double($0.columnCount) * calibration.pixelSizeMicrometres * 1e3).rounded() / 1e3
            },
            traces: traces.traces,
            places: places,
            movement: movement
        )
    }

    /// The data of the page, by the names that its script uses.
    private struct Content: Encodable {
        let movie: String
        let run: RunRecord
        let frames: Int
        let height: Int
        let width: Int
        let pixel_um: Double
        let interval_ms: Double
        let image: GreyImage
        let events: [EventMessage]
        let shapes: [[Int]]
        let widths_um: [Double]
        let traces: [ReportTrace?]
        let places: ReportPlaces
        let movement: ReportMovement?
    }
}

/// An image of 8 bits a pixel in base 64, made smaller by whole factors where it is large.
private struct GreyImage: Encodable {
    let height: Int
    let width: Int
    let pixels: String

    private static let largestExtent = 1024
    /// Parts of the pixels that are shown as black and as white.
    private static let blackPart = 0.01
    private static let whitePart = 0.003

    init(_ image: [Double], size: FrameSize) {
        let factor = (max(size.height, size.width) + Self.largestExtent - 1) / Self.largestExtent
        let (height, width) = (max(1, size.height / factor), max(1, size.width / factor))
        let binned = (0..<height * width).map { index -> Double in
            let (y, x) = (index / width * factor, index % width * factor)
            var sum = 0.0
            for row in y..<min(y + factor, size.height) {
                for column in x..<min(x + factor, size.width) { sum += image[row * size.width + column] }
            }
            return sum
        }
        let sorted = binned.sorted()
        let black = sorted[Int(Double(sorted.count - 1) * Self.blackPart)]
        let white = sorted[Int(Double(sorted.count - 1) * (1 - Self.whitePart))]
        let scale = white > black ? 255 / (white - black) : 0
        self.height = height
        self.width = width
        pixels = Data(binned.map { UInt8(saturating: ($0 - black) * scale) }).base64EncodedString()
    }
}
