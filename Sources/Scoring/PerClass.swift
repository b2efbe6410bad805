package import Imaging

/// One value for each class of calcium release event.
package struct PerClass<Value: Sendable & Equatable>: Sendable, Equatable {
    package var sparks: Value
    package var waves: Value
    package var puffs: Value

    package init(sparks: Value, waves: Value, puffs: Value) {
        self.sparks = sparks
        self.waves = waves
        self.puffs = puffs
    }

    package init(_ value: (EventClass) throws -> Value) rethrows {
        try self.init(sparks: value(.spark), waves: value(.wave), puffs: value(.puff))
    }

    package subscript(eventClass: EventClass) -> Value {
        get {
            switch eventClass {
            case .spark: sparks
            case .wave: waves
            case .puff: puffs
            }
        }
        set {
            switch eventClass {
            case .spark: sparks = newValue
            case .wave: waves = newValue
            case .puff: puffs = newValue
            }
        }
    }
}

extension PerClass: Encodable where Value: Encodable {}
