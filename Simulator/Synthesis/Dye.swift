/// The indicator: how much light calcium gives.
package struct Dye: Sendable, Equatable {
    /// ΔF/F0 at which it saturates.
    package var saturationDff0 = 6.0

    /// ΔF/F0 that light shows where calcium would give `release`.
    func visible(_ release: Float) -> Float {
        let ratio = release / Float(saturationDff0)
        return release / (1 + ratio * ratio).squareRoot()
    }
}
