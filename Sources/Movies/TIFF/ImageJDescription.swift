/// The lines `key=value` by which ImageJ describes a stack.
struct ImageJDescription {
    private let values: [Substring: Substring]

    init(_ text: String) {
        values = text.split(whereSeparator: \.isNewline).reduce(into: [:]) { values, line in
            guard let equals = line.firstIndex(of: "=") else { return }
            values[line[..<equals]] = line[line.index(after: equals)...]
        }
    }

    var imageCount: Int? { count("images") }

    var dimensions: TIFFMetadata.Dimensions {
        .init(channels: count("channels"), slices: count("slices"), frames: count("frames"))
    }

    /// Pixel size by `unit` and the resolution tags, frame interval by `finterval`; `fps` is only the speed of playing.
    ///
    /// - Parameter unitsPerPixel: The reciprocal of X/YResolution.
    /// - Returns: Nil if neither a unit nor an interval is described.
    func calibration(unitsPerPixel: (x: Double, y: Double)?) -> RecordedCalibration? {
        guard values["unit"] != nil || values["finterval"] != nil else { return nil }
        var calibration = RecordedCalibration()
        if let unit = values["unit"].map(String.init), let (x, y) = unitsPerPixel {
            if let micrometres = RecordedUnits.micrometres(perUnit: unit) {
                calibration.pixelSizeMicrometres = .init(
                    value: TIFFMetadata.rounded(x * micrometres),
                    origin: "ImageJ unit and XResolution"
                )
                calibration.remarks += TIFFMetadata.remarksOnShape(x: x, y: y)
            } else {
                calibration.remarks.append("ImageJ unit=\(unit) is not a length: no pixel size")
            }
        }
        if let interval = values["finterval"] {
            let unit = values["tunit"].map(String.init) ?? "s"
            if let milliseconds = RecordedUnits.milliseconds(perUnit: unit), let value = Double(interval),
                value > 0, value.isFinite
            {
                calibration.frameIntervalMilliseconds = .init(
                    value: value * milliseconds,
                    origin: "ImageJ finterval"
                )
            } else {
                calibration.remarks.append("ImageJ finterval=\(interval) \(unit) is not a time: no frame interval")
            }
        }
        return calibration
    }

    private func count(_ key: Substring) -> Int? { values[key].flatMap { Int($0) } }
}
