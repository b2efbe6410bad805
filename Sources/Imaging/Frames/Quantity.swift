/// A physical quantity that frames, files, options and models state, and the values of it that can be meant.
///
/// The one table for every entrance. What lies outside comes from a printer's resolution, a slip of a unit, or memory
/// that nobody filled in; it is not taken, and said.
package enum Quantity: String, Sendable, Codable, CaseIterable, Comparable {
    /// Distance between neighbouring pixels, in µm.
    case pixelSize = "pixel_size_um"
    /// Time from one frame to the next, in ms.
    case frameInterval = "frame_interval_ms"

    /// The values that a recording of living cells can have.
    package var range: ClosedRange<Double> {
        switch self {
        case .pixelSize: 0.001...50
        case .frameInterval: 0.01...5000
        }
    }

    package var name: String {
        switch self {
        case .pixelSize: "pixel size"
        case .frameInterval: "frame interval"
        }
    }

    package var unit: String {
        switch self {
        case .pixelSize: "µm"
        case .frameInterval: "ms"
        }
    }

    /// The option by which a user states it.
    package var option: String {
        switch self {
        case .pixelSize: "--pixel-size-um"
        case .frameInterval: "--frame-interval-ms"
        }
    }

    /// True if the value can be meant; NaN cannot.
    package func isPlausible(_ value: Double) -> Bool { range.contains(value) }

    /// A value for people to read, such as `6.8 ms`.
    package func text(_ value: Double) -> String { "\(value.shortText) \(unit)" }

    /// The range for people to read, such as `0.001 to 50 µm`.
    package var rangeText: String { "\(range.lowerBound.shortText) to \(range.upperBound.shortText) \(unit)" }

    package static func < (left: Quantity, right: Quantity) -> Bool { left.rawValue < right.rawValue }
}

/// A value that something stated, and what did so.
package struct StatedValue: Sendable, Equatable {
    package let value: Double
    /// For people to read, for example `OME-XML PhysicalSizeX`.
    package let origin: String

    package init(value: Double, origin: String) {
        self.value = value
        self.origin = origin
    }
}

/// A statement that was not taken, because such a value cannot be meant.
package struct ImplausibleStatement: Sendable, Equatable {
    package let quantity: Quantity
    package let stated: StatedValue

    package init(_ quantity: Quantity, _ stated: StatedValue) {
        self.quantity = quantity
        self.stated = stated
    }

    /// What was stated and why it was not taken.
    package var text: String {
        "\(stated.origin) is \(quantity.text(stated.value)), which no \(quantity.name) is (\(quantity.rangeText))"
    }
}
