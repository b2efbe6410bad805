package import Imaging

/// What a reviewer calls an event: one of the classes, or something that nobody should be judged by.
package enum ReviewedClass: String, Sendable, CaseIterable, Codable {
    case spark
    case wave
    case puff
    case undefined

    /// The class of a value in a class mask; nil for the background and for values that are no class.
    package init?(label: UInt8) {
        if label == EventClass.undefined {
            self = .undefined
        } else if let eventClass = EventClass(rawValue: label), let own = Self(rawValue: eventClass.name) {
            self = own
        } else {
            return nil
        }
    }

    /// The value in a class mask.
    package var label: UInt8 { eventClass?.rawValue ?? EventClass.undefined }

    /// Nil for ``undefined``.
    package var eventClass: EventClass? { EventClass.allCases.first { $0.name == rawValue } }
}
