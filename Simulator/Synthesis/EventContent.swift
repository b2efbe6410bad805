/// Which events a recording is to have.
package enum EventContent: String, Sendable, Codable, CaseIterable {
    /// As chance has it; one recording in twenty is empty.
    case any
    /// Whatever chance brings, and waves.
    case waves
    /// Sparks and puffs as chance has them, and never a wave.
    case withoutWaves = "no-waves"
    /// Nothing at all: what is found there is false.
    case nothing = "none"
}
