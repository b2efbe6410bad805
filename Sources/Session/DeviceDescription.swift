/// What the network runs on.
package struct DeviceDescription: Sendable, Equatable {
    /// Instruction set of the kernels, such as `avx512`.
    package var instructionSet: String
    /// The processor in words, with the number of threads.
    package var processor: String

    package init(instructionSet: String, processor: String) {
        self.instructionSet = instructionSet
        self.processor = processor
    }
}
