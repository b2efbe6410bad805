/// What a file records about pixel size and frame interval, and where each value came from.
public struct RecordedCalibration: Sendable, Equatable {
    /// A value and the field of the file that it was read from.
    public struct Value: Sendable, Equatable {
        public let value: Double
        /// For people to read, for example `OME-XML PhysicalSizeX`.
        public let origin: String

        public init(value: Double, origin: String) {
            self.value = value
            self.origin = origin
        }
    }

    /// In µm; nil if the file does not say, or says it in a unit that is not a length.
    public var pixelSizeMicrometres: Value?
    /// In ms; nil if the file does not say, or says it in a unit that is not a time.
    public var frameIntervalMilliseconds: Value?
    /// What a person should know about the values: unusable units, uneven frame times, pixels that are not square.
    public var remarks: [String] = []

    public init(
        pixelSizeMicrometres: Value? = nil,
        frameIntervalMilliseconds: Value? = nil,
        remarks: [String] = []
    ) {
        self.pixelSizeMicrometres = pixelSizeMicrometres
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.remarks = remarks
    }
}
