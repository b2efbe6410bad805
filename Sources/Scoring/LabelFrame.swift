/// The labels of one frame, row by row: what annotators drew, or what a detector found.
public struct LabelFrame: Sendable {
    /// Class of every pixel: background 0, the raw value of an `EventClass`, or 4 where annotators were not sure.
    public let classes: [UInt16]
    /// Event of every pixel, by any numbers that differ between events; 0 for none.
    public let instances: [UInt16]

    /// - Precondition: both arrays have the same length.
    public init(classes: [UInt16], instances: [UInt16]) {
        precondition(classes.count == instances.count, "every pixel has a class and an instance")
        self.classes = classes
        self.instances = instances
    }
}
