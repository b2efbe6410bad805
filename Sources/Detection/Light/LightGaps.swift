/// What takes no part in F0, in the light of the cell and outside of it.
package struct LightGaps: Sendable {
    /// True for frames that say nothing of the specimen; empty if all do.
    package var isLeftOut: [Bool] = []
    /// True for pixels without data, `[y][x]`; nil if there are none.
    package var unusedPixels: [Bool]?

    package init(isLeftOut: [Bool] = [], unusedPixels: [Bool]? = nil) {
        self.isLeftOut = isLeftOut
        self.unusedPixels = unusedPixels
    }

    func leavesOut(_ frame: Int) -> Bool { isLeftOut.indices.contains(frame) && isLeftOut[frame] }
}
