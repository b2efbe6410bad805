package import Imaging

/// Which events are announced before they are final.
package enum ProvisionalPolicy: String, Sendable, Equatable, CaseIterable {
    case off
    case waves
    case all

    /// The classes that are followed.
    package var classes: Set<EventClass> {
        switch self {
        case .off: []
        case .waves: [.wave]
        case .all: Set(EventClass.allCases)
        }
    }
}
