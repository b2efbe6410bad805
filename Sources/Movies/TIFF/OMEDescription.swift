import Imaging

/// What OME-XML says about one image of a file.
struct OMEDescription {
    /// Planes of the series and where they lie: so many pages of a file, from one on.
    struct Part: Equatable {
        /// Nil for the file that the text is in.
        let file: String?
        let firstPlane: Int
        let firstPage: Int
        /// Nil for all that there are.
        let pageCount: Int?
    }

    let order: PlaneOrder
    let channelNames: [String]
    /// Of a pixel; nil if the file does not say.
    let significantBits: Int?
    /// Empty where the planes are the pages of this file, in order.
    let parts: [Part]
    private(set) var calibration = RecordedCalibration()

    /// Frame times that differ from the median by more than this part of it are remarked on.
    private static let tolerableJitter = 0.1
    /// Difference of the two statements of the frame interval, as a part, that is remarked on.
    private static let tolerableContradiction = 0.02
    /// How the creator of a recording of our own begins.
    static let creator = "Sparkwatch"

    /// One image as it is described.
    private struct Image {
        var pixels: [String: String]
        var channels: [[String: String]] = []
        var planes: [[String: String]] = []
        var data: [(attributes: [String: String], file: String?)] = []
    }

    /// The file that holds the metadata, if `text` says no more than that.
    static func companion(named text: String) -> String? {
        guard text.prefix(500).contains("<"), text.contains("BinaryOnly") else { return nil }
        var scanner = XMLElementScanner(text)
        return scanner.next(among: ["BinaryOnly"])?.attributes["MetadataFile"]
    }

    /// Reads the image that names `fileName`, or the first one; nil if `text` describes none.
    init?(_ text: String, fileName: String) {
        guard text.prefix(500).contains("<") && text.contains("Pixels") else { return nil }
        var images: [Image] = []
        var isRecordedHere = false
        var scanner = XMLElementScanner(text)
        while let (name, attributes) = scanner.next(among: ["OME", "Pixels", "Plane", "Channel", "TiffData", "UUID"]) {
            if name == "OME" { isRecordedHere = attributes["Creator"]?.hasPrefix(Self.creator) == true }
            if name == "Pixels" { images.append(Image(pixels: attributes)) }
            guard !images.isEmpty else { continue }
            let last = images.count - 1
            switch name {
            case "Plane": images[last].planes.append(attributes)
            case "Channel": images[last].channels.append(attributes)
            case "TiffData": images[last].data.append((attributes, nil))
            case "UUID" where !images[last].data.isEmpty:
                images[last].data[images[last].data.count - 1].file = attributes["FileName"]
            default: break
            }
        }
        guard let image = images.first(where: { $0.data.contains { $0.file == fileName } }) ?? images.first else {
            return nil
        }
        let pixels = image.pixels
        func count(_ key: String) -> Int { pixels[key].flatMap { Int($0) }.map { max(1, $0) } ?? 1 }
        let sizes: [Character: Int] = ["C": count("SizeC"), "Z": count("SizeZ"), "T": count("SizeT")]
        var letters = (pixels["DimensionOrder"] ?? "XYZCT").filter { sizes[$0] != nil }
        if Set(letters).count != 3 || letters.count != 3 { letters = "ZCT" }
        order = PlaneOrder(letters.reversed().map { .init(axis: .init($0), count: sizes[$0] ?? 1) })
        channelNames = image.channels.map { $0["Name"] ?? "" }
        significantBits = pixels["SignificantBits"].flatMap { Int($0) }
        parts = Self.parts(of: image, letters: Array(letters), sizes: sizes)
        readPixelSize(pixels)
        let timed = Self.frameTimes(image.planes, axis: (sizes["T"] ?? 1) == 1 ? "TheZ" : "TheT")
        readFrameInterval(pixels, timed, isRecordedHere: isRecordedHere)
    }

    private static func parts(of image: Image, letters: [Character], sizes: [Character: Int]) -> [Part] {
        image.data.compactMap { attributes, file in
            func number(_ key: String) -> Int? { attributes[key].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 } }
            var plane: Int? = 0
            var stride: Int? = 1
            for letter in letters {
                let (offset, first) = (number("First\(letter)") ?? 0).multipliedReportingOverflow(by: stride ?? 0)
                plane = first ? nil : plane.map { $0 &+ offset }
                let (next, second) = (stride ?? 0).multipliedReportingOverflow(by: sizes[letter] ?? 1)
                stride = second ? nil : next
            }
            guard let plane, stride != nil, plane >= 0 else { return nil }
            let isWhole = number("IFD") == nil
            return Part(
                file: file,
                firstPlane: plane,
                firstPage: number("IFD") ?? 0,
                pageCount: number("PlaneCount") ?? (isWhole ? nil : 1)
            )
        }
    }

    private mutating func readPixelSize(_ pixels: [String: String]) {
        guard let x = RecordedNumber.positive(pixels["PhysicalSizeX"]) else { return }
        let unit = pixels["PhysicalSizeXUnit"] ?? "µm"
        guard let micrometres = RecordedUnits.micrometres(perUnit: unit) else {
            calibration.remarks.append("OME-XML PhysicalSizeXUnit \(unit) is not a length: no pixel size")
            return
        }
        calibration.take(.pixelSize, x * micrometres, from: "OME-XML PhysicalSizeX")
        if let y = RecordedNumber.positive(pixels["PhysicalSizeY"]),
            let scale = RecordedUnits.micrometres(perUnit: pixels["PhysicalSizeYUnit"] ?? "µm"),
            calibration.pixelSizeMicrometres != nil
        {
            calibration.remarks += TIFFMetadata.remarksOnShape(x: x * micrometres, y: y * scale)
        }
    }

    /// The frames' own times come first, then the increment.
    ///
    /// Only in a recording of our own is it the other way round: there the increment is what detection went by, and times
    /// may be those of arrival.
    private mutating func readFrameInterval(
        _ pixels: [String: String],
        _ timed: RecordedCalibration,
        isRecordedHere: Bool
    ) {
        let stated = Self.statedIncrement(pixels)
        let (first, second) = isRecordedHere ? (stated, timed) : (timed, stated)
        calibration.implausible += timed.implausible + stated.implausible
        calibration.frameIntervalMilliseconds = first.frameIntervalMilliseconds ?? second.frameIntervalMilliseconds
        calibration.remarks += timed.remarks
        if calibration.frameIntervalMilliseconds == nil { calibration.remarks += stated.remarks }
        if let used = first.frameIntervalMilliseconds, let other = second.frameIntervalMilliseconds,
            abs(used.value - other.value) > Self.tolerableContradiction * used.value
        {
            calibration.remarks.append(
                "\(used.origin) says \(Quantity.frameInterval.text(used.value)), \(other.origin) "
                    + "\(Quantity.frameInterval.text(other.value)): the first is used"
            )
        }
    }

    private static func statedIncrement(_ pixels: [String: String]) -> RecordedCalibration {
        var calibration = RecordedCalibration()
        guard let increment = RecordedNumber.positive(pixels["TimeIncrement"]) else { return calibration }
        let unit = pixels["TimeIncrementUnit"] ?? "s"
        if let milliseconds = RecordedUnits.milliseconds(perUnit: unit) {
            calibration.take(.frameInterval, increment * milliseconds, from: "OME-XML TimeIncrement")
        } else {
            calibration.remarks.append("OME-XML TimeIncrementUnit \(unit) is not a time: no frame interval")
        }
        return calibration
    }

    /// The median difference of the times of consecutive frames.
    private static func frameTimes(_ planes: [[String: String]], axis: String) -> RecordedCalibration {
        var calibration = RecordedCalibration()
        var times: [Int: Double] = [:]
        for plane in planes {
            guard let frame = plane[axis].flatMap({ Int($0) }), times[frame] == nil,
                let time = plane["DeltaT"].flatMap({ RecordedNumber.double($0) }),
                let milliseconds = RecordedUnits.milliseconds(perUnit: plane["DeltaTUnit"] ?? "s")
            else { continue }
            times[frame] = time * milliseconds
        }
        let differences = times.compactMap { frame, time in
            let (next, overflows) = frame.addingReportingOverflow(1)
            return overflows ? nil : times[next].map { $0 - time }
        }.sorted()
        guard !differences.isEmpty else { return calibration }
        let median = differences[differences.count / 2]
        guard median > 0 else { return calibration }
        calibration.take(.frameInterval, median, from: "OME-XML DeltaT, median of \(differences.count) differences")
        let uneven = differences.count { abs($0 - median) > tolerableJitter * median }
        if uneven > 0, calibration.frameIntervalMilliseconds != nil {
            calibration.remarks.append(
                "\(uneven) of \(differences.count) frame intervals differ from their median \(median.shortText) ms by more than "
                    + "\((100 * tolerableJitter).shortText) %: frames may be missing"
            )
        }
        return calibration
    }
}
