public import Detection

/// One value for each class of calcium release event.
public struct PerClass<Value: Sendable & Equatable>: Sendable, Equatable {
    public var sparks: Value
    public var waves: Value
    public var puffs: Value

    public init(sparks: Value, waves: Value, puffs: Value) {
        self.sparks = sparks
        self.waves = waves
        self.puffs = puffs
    }

    public init(_ value: (EventClass) throws -> Value) rethrows {
        try self.init(sparks: value(.spark), waves: value(.wave), puffs: value(.puff))
    }

    public subscript(eventClass: EventClass) -> Value {
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
