/// What OME-XML says about the first image of a file.
struct OMEDescription {
    private(set) var dimensions = TIFFMetadata.Dimensions()
    private(set) var calibration = RecordedCalibration()

    /// Frame times that differ from the median by more than this part of it are remarked on.
    private static let tolerableJitter = 0.1

    /// Reads the first `Pixels` element and its planes; nil if `text` has no such element.
    init?(_ text: String) {
        guard text.prefix(200).contains("<") && text.contains("Pixels") else { return nil }
        var pixels: [String: String]?
        var planes: [[String: String]] = []
        var scanner = XMLElementScanner(text)
        while let (name, attributes) = scanner.next(among: ["Pixels", "Plane"]) {
            switch name {
            case "Pixels" where pixels == nil: pixels = attributes
            case "Pixels": scanner.stop()
            default: planes.append(attributes)
            }
        }
        guard let pixels else { return nil }
        func count(_ key: String) -> Int? { pixels[key].flatMap { Int($0) } }
        dimensions = .init(channels: count("SizeC"), slices: count("SizeZ"), frames: count("SizeT"))
        readPixelSize(pixels)
        readFrameInterval(pixels, planes)
    }

    private mutating func readPixelSize(_ pixels: [String: String]) {
        guard let x = Self.positive(pixels["PhysicalSizeX"]) else { return }
        let unit = pixels["PhysicalSizeXUnit"] ?? "µm"
        guard let micrometres = RecordedUnits.micrometres(perUnit: unit) else {
            calibration.remarks.append("OME-XML PhysicalSizeXUnit \(unit) is not a length: no pixel size")
            return
        }
        calibration.pixelSizeMicrometres = .init(value: x * micrometres, origin: "OME-XML PhysicalSizeX")
        if let y = Self.positive(pixels["PhysicalSizeY"]),
            let scale = RecordedUnits.micrometres(perUnit: pixels["PhysicalSizeYUnit"] ?? "µm")
        {
            calibration.remarks += TIFFMetadata.remarksOnShape(x: x * micrometres, y: y * scale)
        }
    }

    private mutating func readFrameInterval(_ pixels: [String: String], _ planes: [[String: String]]) {
        if let interval = frameIntervalFromPlanes(planes) {
            calibration.frameIntervalMilliseconds = interval
            return
        }
        guard let increment = Self.positive(pixels["TimeIncrement"]) else { return }
        let unit = pixels["TimeIncrementUnit"] ?? "s"
        guard let milliseconds = RecordedUnits.milliseconds(perUnit: unit) else {
            calibration.remarks.append("OME-XML TimeIncrementUnit \(unit) is not a time: no frame interval")
            return
        }
        calibration.frameIntervalMilliseconds = .init(
            value: increment * milliseconds,
            origin: "OME-XML TimeIncrement"
        )
    }

    /// The median difference of the times of consecutive frames.
    private mutating func frameIntervalFromPlanes(_ planes: [[String: String]]) -> RecordedCalibration.Value? {
        let axis = (dimensions.frames ?? 1) > 1 ? "TheT" : "TheZ"
        var times: [Int: Double] = [:]
        for plane in planes {
            guard let frame = plane[axis].flatMap({ Int($0) }), let time = plane["DeltaT"].flatMap(Double.init),
                let milliseconds = RecordedUnits.milliseconds(perUnit: plane["DeltaTUnit"] ?? "s"), time.isFinite
            else { continue }
            times[frame] = time * milliseconds
        }
        let differences = times.compactMap { frame, time in
            let (next, overflows) = frame.addingReportingOverflow(1)
            return overflows ? nil : times[next].map { $0 - time }
        }.sorted()
        guard !differences.isEmpty else { return nil }
        let median = differences[differences.count / 2]
        guard median > 0 else { return nil }
        let uneven = differences.count { abs($0 - median) > Self.tolerableJitter * median }
        if uneven > 0 {
            calibration.remarks.append(
                "\(uneven) of \(differences.count) frame intervals differ from their median \(median) ms by more than "
                    + "\(Int(100 * Self.tolerableJitter)) %: frames may be missing"
            )
        }
        return .init(value: median, origin: "OME-XML DeltaT, median of \(differences.count) differences")
    }

    private static func positive(_ text: String?) -> Double? {
        guard let value = text.flatMap(Double.init), value > 0, value.isFinite else { return nil }
        return value
    }
}
