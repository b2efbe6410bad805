/// The labels of one frame, row by row: what annotators drew, or what a detector found.
package struct LabelFrame: Sendable {
    /// Class of every pixel: background 0, the raw value of an `EventClass`, or 4 where annotators were not sure.
    package let classes: [UInt32]
    /// Event of every pixel, by any numbers that differ between events; 0 for none.
    package let instances: [UInt32]

    /// - Precondition: both arrays have the same length.
    package init(classes: [UInt32], instances: [UInt32]) {
        precondition(classes.count == instances.count, "every pixel has a class and an instance")
        self.classes = classes
        self.instances = instances
    }
}
