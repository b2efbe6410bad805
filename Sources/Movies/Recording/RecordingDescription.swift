import Foundation
import Imaging

/// The OME-XML of a recording, equally long for any frame count until the times of its frames are listed.
struct RecordingDescription {
    let series: RecordedSeries
    let size: FrameSize
    let pixelType: PixelType
    /// Since 1970, UTC, in ns: acquisition of the first frame, or its arrival.
    let startNanoseconds: Int64

    private static let frameCountDigits = 10

    /// The whole text while the recording goes on.
    func text(frameCount: Int) -> String { head(frameCount: frameCount) + Self.tail }

    /// Everything before the list of planes.
    func head(frameCount: Int) -> String {
        let type = pixelType == .float32 ? "float" : pixelType.rawValue
        var pixels = """
            ID="Pixels:0" DimensionOrder="XYZCT" Type="\(type)" SizeX="\(size.width)" SizeY="\(size.height)" \
            SizeZ="1" SizeC="1" SizeT="\(frameCount)"
            """
        if let bits = series.bitDepth { pixels += " SignificantBits=\"\(bits)\"" }
        if let width = series.pixelWidthMicrometres {
            let height = series.pixelHeightMicrometres ?? width
            pixels += """
                 PhysicalSizeX="\(width)" PhysicalSizeXUnit="µm" PhysicalSizeY="\(height)" PhysicalSizeYUnit="µm"
                """
        }
        if let interval = series.frameIntervalMilliseconds {
            pixels += " TimeIncrement=\"\(interval)\" TimeIncrementUnit=\"ms\""
        }
        let name = series.channel.map { " Name=\"\(Self.escaped($0))\"" } ?? ""
        let padding = String(repeating: " ", count: 2 * (Self.frameCountDigits - String(frameCount).count))
        return """
            <?xml version="1.0" encoding="UTF-8"?>\
            <OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" \
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 \
            http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd" Creator="\(OMEDescription.creator) \(SparkwatchVersion.current)">\
            <Image ID="Image:0" Name="\(Self.escaped(series.seriesID ?? series.source ?? "recording"))">\
            <AcquisitionDate>\(Self.date(startNanoseconds))</AcquisitionDate><Pixels \(pixels)>\
            <Channel ID="Channel:0:0"\(name) SamplesPerPixel="1"/>\
            <TiffData IFD="0" PlaneCount="\(frameCount)"/>\(padding)
            """
    }

    static let tail = "</Pixels></Image></OME>"

    /// One frame's time since the start, exact to the nanosecond.
    func plane(_ index: Int, nanoseconds: Int64) -> String {
        let (elapsed, overflows) = nanoseconds.subtractingReportingOverflow(startNanoseconds)
        guard !overflows else { return "" }
        let fraction = String(elapsed.magnitude % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        let time = "\(elapsed < 0 ? "-" : "")\(elapsed.magnitude / 1_000_000).\(zeros)\(fraction)"
        return "<Plane TheZ=\"0\" TheT=\"\(index)\" TheC=\"0\" DeltaT=\"\(time)\" DeltaTUnit=\"ms\"/>"
    }

    private static func date(_ nanoseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(nanoseconds) / 1e9).formatted(.iso8601)
    }

    /// Text from a sender as the value of an attribute; characters that XML cannot hold are left out.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": break
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
