import Imaging

/// Finds out since when, and in which unit, a sender counts time, by how near its times come to those of arrival.
///
/// EPICS (areaDetector) counts from 1990, LabVIEW and old Macs from 1904, and some send ms, µs or ns where s are meant.
package struct SenderClock: Sendable, Equatable {
    private static let units: [(nanoseconds: Double, name: String)] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
    private static let epochs: [(seconds: Double, name: String)] = [
        (0, "1970"), (631_152_000, "1990 (EPICS)"), (-2_082_844_800, "1904 (LabVIEW)"),
    ]
    /// Times of a stream lie so near to those of arrival; clocks that nobody set may be off by days.
    private static let toleranceNanoseconds = 30 * 86_400 * 1e9
    /// 1990-01-01 in ns since 1970; what is older is no time of a recording.
    private static let oldestNanoseconds = 631_152_000 * 1e9

    package init() {}

    /// The time of a frame.
    ///
    /// - Parameters:
    ///   - timeStamp: As the sender gives it.
    ///   - received: When the frame came, in ns since 1970.
    /// - Returns: The time in ns since 1970 and, where the sender counts otherwise, from when and in what; nil if the number
    ///   means no time. Times that are not near those of arrival are taken for seconds since 1970, as in a replay.
    package func time(_ timeStamp: Double, received: Int64) -> (nanoseconds: Int64, unusual: String?)? {
        guard timeStamp.isFinite, timeStamp > 0 else { return nil }
        for unit in Self.units {
            for epoch in Self.epochs {
                let time = timeStamp * unit.nanoseconds + epoch.seconds * 1e9
                guard abs(time - Double(received)) < Self.toleranceNanoseconds else { continue }
                let isUsual = unit.nanoseconds == 1e9 && epoch.seconds == 0
                return (Int64(saturating: time), isUsual ? nil : "\(unit.name) since \(epoch.name)")
            }
        }
        let time = (timeStamp * 1e9).rounded()
        guard (Self.oldestNanoseconds..<Double(received)).contains(time) else { return nil }
        return (Int64(saturating: time), nil)
    }
}
