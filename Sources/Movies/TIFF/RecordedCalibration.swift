/// What a file records about pixel size and frame interval, and where each value came from.
package struct RecordedCalibration: Sendable, Equatable {
    /// A value and the field of the file that it was read from.
    package struct Value: Sendable, Equatable {
        package let value: Double
        /// For people to read, for example `OME-XML PhysicalSizeX`.
        package let origin: String

        package init(value: Double, origin: String) {
            self.value = value
            self.origin = origin
        }
    }

    /// In µm; nil if the file does not say, or says it in a unit that is not a length.
    package var pixelSizeMicrometres: Value?
    /// In ms; nil if the file does not say, or says it in a unit that is not a time.
    package var frameIntervalMilliseconds: Value?
    /// What a person should know about the values: unusable units, uneven frame times, pixels that are not square.
    package var remarks: [String] = []

    package init(
        pixelSizeMicrometres: Value? = nil,
        frameIntervalMilliseconds: Value? = nil,
        remarks: [String] = []
    ) {
        self.pixelSizeMicrometres = pixelSizeMicrometres
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.remarks = remarks
    }
}
