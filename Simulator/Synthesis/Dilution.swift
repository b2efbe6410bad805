import Imaging

/// How much of the light above the blank level takes part in release.
struct Dilution {
    private let resting: RestingFluorescence
    private let blank: Double
    private let side: Int

    /// Makes the rule for one cell.
    ///
    /// - Parameters:
    ///   - resting: Light of the cell at rest.
    ///   - blankFraction: Light far from the cell, in units of bright F0.
    ///   - side: Of the square around the centre of an event, in pixels.
    init(resting: RestingFluorescence, blankFraction: Double, side: Int) {
        self.resting = resting
        self.blank = blankFraction
        self.side = side
    }

    /// Ratio of sums over the square at the centre of an event, of waves over all that is swept; nil without light.
    func share(of release: ScheduledRelease) -> Double? {
        let size = resting.cell.size
        let pixels: [Int]
        if let wave = release.source as? WaveSource {
            pixels = wave.arrivalFrames.indices.filter { wave.arrivalFrames[$0].isFinite }
        } else {
            let row = Int(release.truth.centreYPixels.rounded())
            let column = Int(release.truth.centreXPixels.rounded())
            let rows = (row - side / 2..<row - side / 2 + side).clamped(to: 0..<size.height)
            let columns = (column - side / 2..<column - side / 2 + side).clamped(to: 0..<size.width)
            pixels = rows.flatMap { y in columns.map { y * size.width + $0 } }
        }
        let active = pixels.reduce(0) { $0 + Double(resting.cell.values[$1]) }
        let all = pixels.reduce(active) { $0 + Double(resting.surroundings.values[$1]) - blank }
        return active > 0 && all > 0 ? active / all : nil
    }
}
