import Imaging

/// A limit with hysteresis: a value has to reach `on` and counts until it falls below `off`.
package struct Threshold: Sendable, Equatable {
    package var on: Double
    package var off: Double

    /// A limit without hysteresis.
    package init(_ value: Double) {
        on = value
        off = value
    }

    package init(on: Double, off: Double) {
        self.on = on
        self.off = off
    }

    /// The limit for a value that counts already, or does not yet.
    package func limit(isOn: Bool) -> Double { isOn ? off : on }
}

extension Threshold: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case on, off }

    /// Reads a number, or an object of `on` and `off`.
    package init(from decoder: any Decoder) throws {
        if let value = try? decoder.singleValueContainer().decode(Double.self) {
            self.init(value)
            return
        }
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        self.init(
            on: try container.decode(Double.self, forKey: .on),
            off: try container.decode(Double.self, forKey: .off)
        )
    }
}
