/// Whether the movement of the cell is undone before frames reach the network.
package enum StabilisationPolicy: String, Sendable, CaseIterable {
    /// Where there is more of it than the network tolerates.
    case auto
    /// Always, however little.
    case on
    case off
}
