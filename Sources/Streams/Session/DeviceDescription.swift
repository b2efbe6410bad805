/// What the network runs on.
public struct DeviceDescription: Sendable, Equatable {
    /// Instruction set of the kernels, such as `avx512`.
    public var instructionSet: String
    /// The processor in words, with the number of threads.
    public var processor: String

    public init(instructionSet: String, processor: String) {
        self.instructionSet = instructionSet
        self.processor = processor
    }
}

/// The version of Sparkwatch.
public enum SparkwatchVersion {
    public static let current = "0.1.0"
}
