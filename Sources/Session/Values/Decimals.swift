/// Decimals that are told of a quantity.
///
/// A rule compares the very values that subscribers see.
package enum Decimals {
    package static let hertz = 4
    package static let milliseconds = 3
    package static let pixels = 2
    package static let micrometres = 3
    package static let squareMicrometres = 3
    package static let confidence = 4
    /// Of an event's parameters, in their units.
    package static let parameter = 4
    /// Of the speed of a front that is still under way, in um/s.
    package static let frontSpeed = 1
}
