package import Imaging

/// What a sender says about the whole series; repeated in every frame, because late subscribers miss the start.
package struct SeriesDetails: Sendable, Equatable {
    /// Differs from one series to the next; a new one marks a new series without further notice.
    package var seriesID: String?
    /// The device, for example `confocal-1`.
    package var source: String?
    /// The dye or detector channel.
    package var channel: String?
    /// Number of frames that the series will have; nil if unknown.
    package var announcedFrameCount: Int?
    /// Time from one frame to the next, in ms.
    package var frameIntervalMilliseconds: Double?
    /// Distance between neighbouring pixels along y and along x, in µm.
    package var pixelHeightMicrometres: Double?
    package var pixelWidthMicrometres: Double?
    /// What was stated and cannot be; it is not among the values above.
    package var implausible: [ImplausibleStatement] = []
    /// Fields that held NaN or Infinity and were left out.
    package var nonNumbers: [String] = []

    package init(
        seriesID: String? = nil,
        source: String? = nil,
        channel: String? = nil,
        announcedFrameCount: Int? = nil,
        calibration: Calibration? = nil
    ) {
        self.seriesID = seriesID
        self.source = source
        self.channel = channel
        self.announcedFrameCount = announcedFrameCount
        frameIntervalMilliseconds = calibration?.frameIntervalMilliseconds
        pixelHeightMicrometres = calibration?.pixelSizeMicrometres
        pixelWidthMicrometres = calibration?.pixelSizeMicrometres
    }

    init(_ fields: WireHeader) {
        seriesID = fields.seriesID
        source = fields.source
        channel = fields.channel
        announcedFrameCount = fields.numberOfImages.flatMap { $0 > 0 ? $0 : nil }
        frameIntervalMilliseconds = checked(.frameInterval, fields.frameIntervalMilliseconds)
        pixelWidthMicrometres = checked(.pixelSize, fields.pixelSizeMicrometres?.last)
        pixelHeightMicrometres = fields.pixelSizeMicrometres?.first.flatMap {
            Quantity.pixelSize.isPlausible($0) ? $0 : nil
        }
        nonNumbers = fields.nonNumbers
    }

    private mutating func checked(_ quantity: Quantity, _ value: Double?) -> Double? {
        guard let value, !quantity.isPlausible(value) else { return value }
        // Senders that do not know a value often send 0.
        if value != 0 {
            let stated = StatedValue(value: value, origin: "\(quantity.rawValue) in the header")
            implausible.append(ImplausibleStatement(quantity, stated))
        }
        return nil
    }

    func write(to fields: inout WireHeader) {
        fields.seriesID = seriesID
        fields.source = source ?? ""
        fields.channel = channel
        fields.numberOfImages = announcedFrameCount ?? 0
        fields.frameIntervalMilliseconds = frameIntervalMilliseconds
        if let pixelHeightMicrometres, let pixelWidthMicrometres {
            fields.pixelSizeMicrometres = [pixelHeightMicrometres, pixelWidthMicrometres]
        }
    }

    /// These details, with those of `earlier` where nothing is said here.
    package func completed(by earlier: SeriesDetails) -> SeriesDetails {
        var details = self
        details.seriesID = seriesID ?? earlier.seriesID
        details.source = source ?? earlier.source
        details.channel = channel ?? earlier.channel
        details.announcedFrameCount = announcedFrameCount ?? earlier.announcedFrameCount
        details.frameIntervalMilliseconds = frameIntervalMilliseconds ?? earlier.frameIntervalMilliseconds
        details.pixelHeightMicrometres = pixelHeightMicrometres ?? earlier.pixelHeightMicrometres
        details.pixelWidthMicrometres = pixelWidthMicrometres ?? earlier.pixelWidthMicrometres
        details.implausible += earlier.implausible.filter { !implausible.contains($0) }
        details.nonNumbers += earlier.nonNumbers.filter { !nonNumbers.contains($0) }
        return details
    }
}
