/// Units of length and time as microscopy programs spell them.
enum RecordedUnits {
    /// µm in one `unit`; nil if it is not a length.
    static func micrometres(perUnit unit: String) -> Double? {
        switch normalised(unit) {
        case "um", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres": 1
        case "nm", "nanometer", "nanometre": 1e-3
        case "å", "angstrom": 1e-4
        case "pm": 1e-6
        case "mm", "millimeter", "millimetre": 1e3
        case "cm", "centimeter", "centimetre": 1e4
        case "m", "meter", "metre": 1e6
        case "in", "inch": 25_400
        default: nil
        }
    }

    /// Milliseconds in one `unit`; nil if it is not a time.
    static func milliseconds(perUnit unit: String) -> Double? {
        switch normalised(unit) {
        case "s", "sec", "second", "seconds": 1e3
        case "ms", "msec", "millisecond", "milliseconds": 1
        case "us", "usec", "microsecond", "microseconds": 1e-3
        case "ns", "nanosecond", "nanoseconds": 1e-6
        case "min", "minute", "minutes": 6e4
        case "h", "hour", "hours": 3.6e6
        default: nil
        }
    }

    /// Lower case, with any spelling of the letter mu as `u`: U+00B5, U+03BC, and ImageJ's escape of it.
    private static func normalised(_ unit: String) -> String {
        var text = unit
        for mu in ["\\u00b5", "\\u00B5", "\\u03bc", "\\u03BC"] where text.hasPrefix(mu) {
            text = "u" + text.dropFirst(mu.count)
        }
        return String(text.lowercased().filter { !$0.isWhitespace }.map { $0 == "µ" || $0 == "μ" ? "u" : $0 })
    }
}
