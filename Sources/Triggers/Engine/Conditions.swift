import Imaging

extension Observation {
    /// The first condition that the event does not meet, in words; nil if it meets all.
    ///
    /// - Parameters:
    ///   - rule: with the conditions.
    ///   - regions: what is drawn, by name.
    ///   - isOn: whether it met them when it was last seen; the lower thresholds count then.
    /// - Returns: value and limit.
    func failure(of rule: TriggerRule, in regions: [String: DrawnRegion], isOn: Bool) -> String? {
        if let box = rule.box, !touches(box) { return "outside of the region \(box)" }
        if let name = rule.region {
            guard let region = regions[name] else { return "no region '\(name)' is drawn" }
            if !region.contains(centroidRow: centroidRow, column: centroidColumn) {
                return "outside of the region '\(name)'"
            }
        }
        if let cell = rule.cell, cell != self.cell {
            return "in \(self.cell.map { "cell \($0)" } ?? "no cell"), cell \(cell) wanted"
        }
        if mayBeMovement, !rule.admitsMotion { return "flagged motion: it may be movement of the cell" }
        return failure("confidence", confidence, rule.confidence, isOn)
            ?? failure("area", areaSquareMicrometres, rule.areaSquareMicrometres, isOn, unit: " µm2")
            ?? speedFailure(rule.speedMicrometresPerSecond, isOn)
            ?? failure("duration", durationMilliseconds, rule.durationMilliseconds, isOn, unit: " ms")
    }

    private func failure(
        _ name: String,
        _ value: Double?,
        _ threshold: Threshold?,
        _ isOn: Bool,
        unit: String = ""
    ) -> String? {
        guard let limit = threshold?.limit(isOn: isOn) else { return nil }
        guard let value else { return "\(name) not known, \(limit)\(unit) wanted" }
        return value < limit ? "\(name) \(value)\(unit) below \(limit)\(unit)" : nil
    }

    /// A speed that is an estimate has to exceed the limit with all of its range: until it is sure, the rule waits.
    private func speedFailure(_ threshold: Threshold?, _ isOn: Bool) -> String? {
        guard let limit = threshold?.limit(isOn: isOn), let range = speedRange, range.lowerBound < limit,
            range.lowerBound < range.upperBound
        else {
            return failure("speed", speedMicrometresPerSecond, threshold, isOn, unit: " µm/s")
        }
        let text = "speed \(range.lowerBound) to \(range.upperBound) µm/s"
        return range.upperBound < limit ? "\(text), below \(limit) µm/s" : "\(text), not surely \(limit) µm/s"
    }

    private func touches(_ box: [Int]) -> Bool {
        rows.lowerBound < box[2] && box[0] < rows.upperBound
            && columns.lowerBound < box[3] && box[1] < columns.upperBound
    }
}
