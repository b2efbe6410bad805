package import Imaging

/// Which events are announced before they are final.
package enum ProvisionalPolicy: String, Sendable, Equatable, CaseIterable {
    case off
    /// Waves, every few frames, from the model's side output; from the full resolution if it has none.
    case waves
    /// Waves so, and sparks and puffs from the full resolution.
    case all
    /// All classes, from the full resolution.
    case fine

    /// The classes that are followed.
    package var classes: Set<EventClass> {
        switch self {
        case .off: []
        case .waves: [.wave]
        case .all, .fine: Set(EventClass.allCases)
        }
    }

    /// Of those, the classes for which a side output is asked where it tells them.
    var earlyClasses: Set<EventClass> {
        switch self {
        case .off, .fine: []
        case .waves, .all: [.wave, .puff]
        }
    }
}
