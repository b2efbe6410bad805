import Imaging

/// What a spot of light can be.
extension LocalMeasurement {
    /// Narrowest and longest spots that light can have: a few pixels that are brighter by chance are no event.
    private static let narrowestMicrometres = 0.6
    private static let longestToShort = 4.0
    private static let widestToExtent = 2.0

    /// True unless a spot is narrower than a microscope shows, a line, much wider than the event, or outside of it.
    func isPossible(_ spot: Spot) -> Bool {
        let (short, long) = (min(spot.sigmaX, spot.sigmaY), max(spot.sigmaX, spot.sigmaY))
        let narrowest = max(Self.narrowestMicrometres / calibration.pixelSizeMicrometres, 2) / Spot.widthPerSigma
        let side = Double(max(extent.rows.count, extent.columns.count))
        let (rows, columns) = (extent.rows, extent.columns)
        return short >= narrowest && long <= Self.longestToShort * short
            && long * Spot.widthPerSigma <= Self.widestToExtent * side
            && spot.row > Double(rows.lowerBound) - 1.5 && spot.row < Double(rows.upperBound) + 0.5
            && spot.column > Double(columns.lowerBound) - 1.5 && spot.column < Double(columns.upperBound) + 0.5
    }
}
