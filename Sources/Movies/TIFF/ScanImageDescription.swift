import Foundation
import Imaging

/// The settings that ScanImage writes into its files, in the spellings of its versions 3 to 2020 and later.
struct ScanImageDescription {
    private let values: [String: String]

    /// Most settings that are read: files hold some hundred.
    private static let mostValues = 10_000

    /// Nil if the texts are not of ScanImage.
    ///
    /// - Parameter texts: The program's name tag and the description of the first page.
    init?(_ texts: [String]) {
        let marks = ["SI.", "scanimage.SI", "state."]
        var values: [String: String] = [:]
        for text in texts where marks.contains(where: text.contains) {
            for line in text.split(whereSeparator: \.isNewline).prefix(Self.mostValues) {
                guard let equals = line.firstIndex(of: "=") else { continue }
                let key = line[..<equals].trimming { $0.isWhitespace }
                guard marks.contains(where: key.hasPrefix) else { continue }
                values[key] = line[line.index(after: equals)...].trimming { $0.isWhitespace || $0 == "'" || $0 == ";" }
            }
        }
        guard
            values.keys.contains(where: {
                $0.hasPrefix("SI.") || $0.hasPrefix("scanimage.") || $0.hasPrefix("state.acq")
            })
        else { return nil }
        self.values = values
    }

    /// Channels run fastest, then slices.
    var order: PlaneOrder {
        PlaneOrder([.init(axis: .slice, count: sliceCount), .init(axis: .channel, count: channelNames.count)])
    }

    /// The numbers of the channels that were saved.
    var channelNames: [String] {
        if let list = value(["channelSave", "channelsSave"]) {
            return list.split { !$0.isNumber }.map(String.init)
        }
        let count = value(["state.acq.numberOfChannelsSave"]).flatMap { Int($0) } ?? 1
        return (1...min(max(1, count), 16)).map(String.init)
    }

    private var sliceCount: Int {
        let isStack = ["true", "1"].contains(value(["hStackManager.enable", "hFastZ.enable"]) ?? "false")
        let counts = ["numSlices", "actualNumSlices", "stackNumSlices", "state.acq.numberOfZSlices"]
        guard isStack || value(["state.acq.numberOfZSlices", "stackNumSlices"]) != nil else { return 1 }
        return value(counts).flatMap { Int($0) } ?? 1
    }

    /// Takes over the frame rate and the width of the field of view.
    func complete(_ calibration: inout RecordedCalibration, width: Int) {
        let rates = ["scanFrameRate", "state.acq.frameRate"]
        let averaged = RecordedNumber.positive(value(["logAverageFactor", "state.acq.numAvgFramesSave"])) ?? 1
        if let rate = RecordedNumber.positive(value(rates)) {
            calibration.take(
                .frameInterval,
                TIFFMetadata.rounded(1000 * max(1, averaged) / rate),
                from: "ScanImage frame rate"
            )
        }
        if let corners = value(["imagingFovUm"]), width > 0 {
            let numbers = corners.split { " ;[],".contains($0) }.compactMap { Double($0) }
            let xs = numbers.indices.filter { $0.isMultiple(of: 2) }.map { numbers[$0] }
            if let low = xs.min(), let high = xs.max(), high > low {
                calibration.take(
                    .pixelSize,
                    TIFFMetadata.rounded((high - low) / Double(width)),
                    from: "ScanImage imagingFovUm"
                )
            }
        }
    }

    /// The time of a page, in s, from the page's own description.
    static func timestampSeconds(_ text: String) -> Double? {
        guard let start = text.range(of: "frameTimestamps_sec") ?? text.range(of: "Frame Timestamp(s)") else {
            return nil
        }
        let rest = text[start.upperBound...].prefix { !$0.isNewline }
        return rest.firstIndex(of: "=").flatMap { RecordedNumber.double(rest[rest.index(after: $0)...]) }
    }

    /// The first setting that is named so, or whose name ends so.
    private func value(_ names: [String]) -> String? {
        for name in names {
            if let value = values[name] { return value }
            if let key = values.keys.filter({ $0.hasSuffix("." + name) }).min() { return values[key] }
        }
        return nil
    }
}
