import Foundation

extension FixedWidthInteger {
    /// The whole number next to `value` towards zero; the nearest bound where it lies beyond, 0 for NaN.
    ///
    /// The way from a number that foreign data can reach to an index or a count: it never traps.
    package init<Value: BinaryFloatingPoint>(saturating value: Value) {
        guard !value.isNaN else {
            self = 0
            return
        }
        self = Self(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }
}

extension Double {
    /// Up to six significant digits, without zeros at the end: `6.8`, `1e-310`, `264.583`.
    package var shortText: String { String(format: "%.6g", self) }
}
