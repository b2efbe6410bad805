package import Imaging

/// What a file records about pixel size and frame interval, and where each value came from.
package struct RecordedCalibration: Sendable, Equatable {
    /// In µm; nil if the file does not say, or says what cannot be.
    package var pixelSizeMicrometres: StatedValue?
    /// In ms; nil if the file does not say, or says what cannot be.
    package var frameIntervalMilliseconds: StatedValue?
    /// Values that no recording can have; they were not taken.
    package var implausible: [ImplausibleStatement] = []
    /// What a person should know about the values: unusable units, uneven frame times, pixels that are not square.
    package var remarks: [String] = []

    package init(
        pixelSizeMicrometres: StatedValue? = nil,
        frameIntervalMilliseconds: StatedValue? = nil,
        remarks: [String] = []
    ) {
        self.pixelSizeMicrometres = pixelSizeMicrometres
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.remarks = remarks
    }

    /// The values by quantity.
    package var stated: [Quantity: StatedValue] {
        var stated: [Quantity: StatedValue] = [:]
        stated[.pixelSize] = pixelSizeMicrometres
        stated[.frameInterval] = frameIntervalMilliseconds
        return stated
    }

    /// Takes a value unless a better source gave one before; one that cannot be meant is kept apart.
    mutating func take(_ quantity: Quantity, _ value: Double, from origin: String) {
        let stated = StatedValue(value: value, origin: origin)
        guard quantity.isPlausible(value) else {
            implausible.append(ImplausibleStatement(quantity, stated))
            return
        }
        switch quantity {
        case .pixelSize: pixelSizeMicrometres = pixelSizeMicrometres ?? stated
        case .frameInterval: frameIntervalMilliseconds = frameIntervalMilliseconds ?? stated
        }
    }
}
