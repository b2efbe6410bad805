import ArgumentParser
import Imaging
import Triggers

/// Regions that somebody drew.
struct RegionOptions: ParsableArguments {
    @Option(
        help: """
            File with drawn regions (JSON5), as `live` leaves behind (sparkwatch-DATE-TIME_regions.json): rates are given \
            for each, and rules may name them.
            """
    )
    var regions: String?

    /// The regions of the file and of rules.
    ///
    /// - Throws: `RegionError` if the file holds no regions, `ValidationError` if it and the rules do not go together.
    func drawn(with rules: TriggerRules? = nil) throws -> [DrawnRegion] {
        let own = try regions.map { try RegionFile(path: $0).regions } ?? []
        let others = rules?.regions ?? []
        if let fault = RegionFile.fault(of: own + others) {
            throw ValidationError("--regions and the rules together: \(fault).")
        }
        return own + others
    }
}
