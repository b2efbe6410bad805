import Imaging

/// In which form a TIFF movie carries its calibration.
package enum TIFFDialect: String, Sendable, CaseIterable {
    /// No description.
    case plain
    /// The description of ImageJ, with the pixel size in X/YResolution.
    case imageJ
    /// OME-XML.
    case ome
    /// OME-XML first and the description of ImageJ second, as Micro-Manager does: each reader finds its own.
    case omeAndImageJ
}

/// What a TIFF movie says about itself in the description of its first page.
struct TIFFDescription {
    let dialect: TIFFDialect
    let size: FrameSize
    let pixelType: PixelType
    let calibration: Calibration?
    let displayRange: ClosedRange<Double>?

    /// Room for the longest frame count: descriptions of one movie are equally long for any count.
    private static let frameCountDigits = 10

    /// The description of a movie of `frameCount` frames; nil for ``TIFFDialect/plain``.
    ///
    /// Its length in bytes does not depend on the frame count, so it can be corrected in place.
    func text(frameCount: Int) -> String? {
        switch dialect {
        case .plain: nil
        case .imageJ: imageJText(frameCount: frameCount)
        case .ome, .omeAndImageJ: omeText(frameCount: frameCount)
        }
    }

    /// The description that follows the first one; nil but for ``TIFFDialect/omeAndImageJ``.
    func secondText(frameCount: Int) -> String? {
        dialect == .omeAndImageJ ? imageJText(frameCount: frameCount) : nil
    }

    private func imageJText(frameCount: Int) -> String {
        var lines = ["ImageJ=1.54f", "images=\(frameCount)", "frames=\(frameCount)"]
        if let calibration {
            let interval = calibration.frameIntervalMilliseconds / 1000
            lines += ["unit=micron", "finterval=\(interval)", "fps=\(1 / interval)"]
        }
        lines.append("loop=false")
        if let displayRange {
            lines += ["min=\(displayRange.lowerBound)", "max=\(displayRange.upperBound)"]
        }
        return lines.joined(separator: "\n") + padding(for: frameCount, mentions: 2, with: "\n")
    }

    private func omeText(frameCount: Int) -> String {
        var pixels = """
            ID="Pixels:0" DimensionOrder="XYZCT" Type="\(pixelType == .float32 ? "float" : pixelType.rawValue)" \
            SizeX="\(size.width)" SizeY="\(size.height)" SizeZ="1" SizeC="1" SizeT="\(frameCount)"
            """
        if let calibration {
            let pixelSize = calibration.pixelSizeMicrometres
            pixels += """
                 PhysicalSizeX="\(pixelSize)" PhysicalSizeXUnit="µm" PhysicalSizeY="\(pixelSize)" \
                PhysicalSizeYUnit="µm" TimeIncrement="\(calibration.frameIntervalMilliseconds / 1000)" \
                TimeIncrementUnit="s"
                """
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>\
            <OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" \
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 \
            http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd">\
            <Image ID="Image:0"><Pixels \(pixels)>\
            <Channel ID="Channel:0:0" SamplesPerPixel="1"/>\
            <TiffData IFD="0" PlaneCount="\(frameCount)"/>\
            \(padding(for: frameCount, mentions: 2, with: " "))</Pixels></Image></OME>
            """
    }

    private func padding(for frameCount: Int, mentions: Int, with filler: String) -> String {
        String(repeating: filler, count: mentions * (Self.frameCountDigits - String(frameCount).count) + 1)
    }
}
