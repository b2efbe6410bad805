/// What somebody wants of the regions of a run.
package enum RegionChange: Sendable, Equatable {
    /// Draw it; another one of its name goes.
    case draw(DrawnRegion)
    case remove(name: String)

    /// The regions after the change; nil if it changes nothing, or there would be too many.
    package func applied(to regions: [DrawnRegion]) -> [DrawnRegion]? {
        var changed = regions
        switch self {
        case .draw(let region):
            if let place = regions.firstIndex(where: { $0.name == region.name }) {
                changed[place] = region
            } else {
                changed.append(region)
            }
        case .remove(let name): changed.removeAll { $0.name == name }
        }
        return changed == regions || changed.count > DrawnRegion.mostRegions ? nil : changed
    }
}
