/// Table 1 of the paper: how well the voxels of each class agree, 0 to 1.
package struct IntersectionOverUnion: Sendable, Equatable {
    package let classes: PerClass<Double>
    /// Event against background; undefined annotation counts as event, as published.
    package let binary: Double
    /// Event against background without the voxels of undefined annotation.
    package let strictBinary: Double

    package init(classes: PerClass<Double>, binary: Double, strictBinary: Double) {
        self.classes = classes
        self.binary = binary
        self.strictBinary = strictBinary
    }

    /// The mean over the classes.
    package var average: Double { classes.mean }

    /// The mean over movies, each with the same weight.
    ///
    /// - Precondition: there is at least one table.
    package static func mean(of tables: [IntersectionOverUnion]) -> IntersectionOverUnion {
        precondition(!tables.isEmpty, "the mean of no movies")
        func mean(_ value: (IntersectionOverUnion) -> Double) -> Double {
            tables.reduce(0) { $0 + value($1) } / Double(tables.count)
        }
        return IntersectionOverUnion(
            classes: PerClass { eventClass in mean { $0.classes[eventClass] } },
            binary: mean(\.binary),
            strictBinary: mean(\.strictBinary)
        )
    }
}

extension PerClass<Double> {
    /// The mean over the classes, those without events included.
    var mean: Double { (sparks + waves + puffs) / 3 }
}

extension IntersectionOverUnion: Encodable {
    private enum CodingKeys: String, CodingKey {
        case sparks, waves, puffs, average, binary
        case strictBinary = "binary_strict"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(classes.sparks, forKey: .sparks)
        try container.encode(classes.waves, forKey: .waves)
        try container.encode(classes.puffs, forKey: .puffs)
        try container.encode(average, forKey: .average)
        try container.encode(binary, forKey: .binary)
        try container.encode(strictBinary, forKey: .strictBinary)
    }
}
