import Imaging

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

    /// ImageJ runs through channels fastest, then slices, then frames.
    var order: PlaneOrder {
        PlaneOrder([
            .init(axis: .time, count: count("frames") ?? 1),
            .init(axis: .slice, count: count("slices") ?? 1),
            .init(axis: .channel, count: count("channels") ?? 1),
        ])
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
                calibration.take(
                    .pixelSize,
                    TIFFMetadata.rounded(x * micrometres),
                    from: "ImageJ unit=\(unit) and XResolution"
                )
                calibration.remarks += TIFFMetadata.remarksOnShape(x: x, y: y)
            } else {
                calibration.remarks.append("ImageJ unit=\(unit) is not a length: no pixel size")
            }
        }
        if let interval = values["finterval"] {
            let unit = values["tunit"].map(String.init) ?? "s"
            if let milliseconds = RecordedUnits.milliseconds(perUnit: unit),
                let value = RecordedNumber.positive(interval)
            {
                calibration.take(.frameInterval, value * milliseconds, from: "ImageJ finterval")
            } else {
                calibration.remarks.append("ImageJ finterval=\(interval) \(unit) is not a time: no frame interval")
            }
        }
        return calibration
    }

    private func count(_ key: Substring) -> Int? { values[key].flatMap { Int($0) }.map { max(1, $0) } }
}
