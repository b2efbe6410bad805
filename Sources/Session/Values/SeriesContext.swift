package import Imaging
import UNet

/// What is the same for all events of a series.
package struct SeriesContext: Sendable, Equatable {
    package var seriesID: String
    /// What identifiers of events are made of: tells the series from those of the same name in other folders.
    package var identity: String
    /// Name of the frame source, such as `confocal-1`.
    package var stream: String
    package var sourceNode: String
    package var calibration: Calibration
    package var modelSHA256: String?
    package var configurationSHA256: String?

    package init(
        seriesID: String,
        identity: String? = nil,
        stream: String,
        sourceNode: String = "sparkwatch",
        calibration: Calibration,
        modelSHA256: String? = nil,
        configurationSHA256: String? = nil
    ) {
        self.seriesID = seriesID
        self.identity = identity ?? seriesID
        self.stream = stream
        self.sourceNode = sourceNode
        self.calibration = calibration
        self.modelSHA256 = modelSHA256
        self.configurationSHA256 = configurationSHA256
    }

    /// The identifier of an event: twelve hexadecimal digits of the series, six decimal digits or more of the number.
    ///
    /// The digits of the series are the first of the SHA-256 of its identity, because names often begin alike. Twelve are
    /// enough for a million series: then two of them are the same with a probability of 0.2 %.
    package func eventID(number: Int) -> String {
        let digits = String(number)
        let series = SHA256.hexDigest(of: Array(identity.utf8)).prefix(12)
        return "\(series)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
    }
}
