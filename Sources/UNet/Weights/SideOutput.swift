/// A 1x1x1 layer on the decoder's result of a coarse level: it tells in the newest frames where an event of a class
/// begins, long before the published output does, and never touches that.
///
/// It stands in the file of the weights, or in a small file of its own beside it, as the tensors `early.weight`
/// `[class][channel][1][1][1]` and `early.bias` `[class]` with these entries of `__metadata__`:
///
/// | key | value |
/// |---|---|
/// | `early_level` | level whose decoder result the layer reads, 1 to `steps` - 1 |
/// | `early_coarsest_level` | the coarsest level that it uses, up to `steps` |
/// | `early_window` | newest frames that these levels see, a multiple of a cell of the coarsest one |
/// | `early_classes` | names of the classes that it tells, in the order of the tensors: `wave`, or `wave,puff` |
/// | `early_thresholds` | for every class the probability that a cell must exceed, 0 to 1, calibrated on recordings apart |
/// | `early_smallest_pixels` | for every class how many pixels such cells must cover together |
/// | `early_training` | how the layer was fitted, free text |
package struct SideOutput: Hashable, Sendable {
    /// Where the layer reads, and how much of the network is computed for it.
    package struct Place: Hashable, Sendable {
        package let level: Int
        /// The network is cut off below this level: the encoder's result goes where that of the decoder would.
        package let coarsestLevel: Int
        /// Newest frames that these levels see.
        package let windowFrameCount: Int

        package init(level: Int, coarsestLevel: Int, windowFrameCount: Int) {
            self.level = level
            self.coarsestLevel = coarsestLevel
            self.windowFrameCount = windowFrameCount
        }

        /// Frames of one cell.
        package var cellFrameCount: Int { 1 << level }

        /// Frames that have to be there: beyond its own window nothing may see where the recording begins.
        package var neededFrameCount: Int {
            windowFrameCount + UNetShape.paddedCellCount(ofLevel: level) << level
        }

        /// Why a network cannot have a side output there; nil if it can.
        package func fault(in shape: UNetShape, window: Int) -> String? {
            guard (1..<shape.steps).contains(level), (level + 1...shape.steps).contains(coarsestLevel) else {
                return
                    "levels \(level) to \(coarsestLevel); this network has levels 1 to \(shape.steps - 1) for side outputs, "
                    + "and up to \(shape.steps) below"
            }
            let multiple = 1 << coarsestLevel
            guard windowFrameCount > 0, windowFrameCount.isMultiple(of: multiple), neededFrameCount <= window else {
                return "\(windowFrameCount) frames; use a multiple of \(multiple) that leaves "
                    + "\(neededFrameCount - windowFrameCount) of the window's \(window) frames"
            }
            return nil
        }
    }

    /// What tells one class.
    package struct Unit: Hashable, Sendable {
        package let networkClass: NetworkClass
        /// One per channel.
        package let weights: [Float]
        package let bias: Float
        /// Cells of larger probability count.
        package let threshold: Float
        /// Pixels that such cells must cover for an event to be announced.
        package let smallestPixelCount: Int

        package init(
            networkClass: NetworkClass,
            weights: [Float],
            bias: Float,
            threshold: Float,
            smallestPixelCount: Int
        ) {
            self.networkClass = networkClass
            self.weights = weights
            self.bias = bias
            self.threshold = threshold
            self.smallestPixelCount = smallestPixelCount
        }
    }

    package let place: Place
    package let units: [Unit]
    /// How the layer was fitted.
    package let training: String?

    package init(place: Place, units: [Unit], training: String? = nil) {
        self.place = place
        self.units = units
        self.training = training
    }

    package static let weightName = "early.weight"
    package static let biasName = "early.bias"
}
