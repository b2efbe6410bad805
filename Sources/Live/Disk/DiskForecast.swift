import Foundation
package import Session

/// Foresees when a disk is full, from what it has lost lately; a pure value without clock or I/O.
package struct DiskForecast: Sendable {
    /// What the forecast is of, in words.
    private let name: String
    private var samples: [(seconds: Double, freeBytes: Int)] = []
    private var announced = Level.enough

    /// How soon it matters.
    private enum Level: Int, Comparable {
        case enough, soon, now

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Samples older than this say nothing of the present rate, in s.
    private static let memorySeconds = 120.0
    /// No forecast from less, in s.
    private static let shortestSeconds = 15.0
    private static let soonMinutes = 30.0
    private static let nowMinutes = 5.0
    /// As soon as so little is left, whatever the rate.
    private static let leastBytes = 200 << 20

    package init(name: String) { self.name = name }

    /// Minutes until the disk is full; nil while it loses nothing, or too little is known.
    package var minutesLeft: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds - first.seconds >= Self.shortestSeconds,
            first.freeBytes > last.freeBytes
        else { return nil }
        let bytesPerSecond = Double(first.freeBytes - last.freeBytes) / (last.seconds - first.seconds)
        return Double(last.freeBytes) / bytesPerSecond / 60
    }

    /// Takes note of the free space.
    ///
    /// - Parameters:
    ///   - freeBytes: What is free now.
    ///   - seconds: Time since any start.
    /// - Returns: What to announce: that the end comes nearer, or that it is far again.
    package mutating func take(freeBytes: Int, at seconds: Double) -> Health? {
        samples.append((seconds, freeBytes))
        samples.removeAll { $0.seconds < seconds - Self.memorySeconds }
        let minutes = minutesLeft
        let level: Level =
            (minutes ?? .infinity) < Self.nowMinutes || freeBytes < Self.leastBytes
            ? .now : (minutes ?? .infinity) < Self.soonMinutes ? .soon : .enough
        if level > announced {
            announced = level
            return Health(
                status: level == .now ? .degraded : .notice,
                code: .diskFilling,
                message: "the disk of \(name) \(Self.text(minutes)): \(Self.text(freeBytes)) free; make room"
            )
        }
        // Far away means twice as far: no chatter at the border.
        guard announced != .enough, (minutes ?? .infinity) > 2 * Self.soonMinutes, freeBytes > 2 * Self.leastBytes
        else {
            return nil
        }
        announced = .enough
        return Health(
            status: .ok,
            code: .diskRoom,
            message: "the disk of \(name) has room again: \(Self.text(freeBytes)) free"
        )
    }

    private static func text(_ minutes: Double?) -> String {
        guard let minutes else { return "is nearly full" }
        return minutes < 2
            ? String(format: "is full in %.0f s at this rate", minutes * 60)
            : String(format: "is full in %.0f min at this rate", minutes)
    }

    private static func text(_ bytes: Int) -> String {
        bytes < 1 << 30
            ? String(format: "%.0f MB", Double(bytes) / 1e6) : String(format: "%.1f GB", Double(bytes) / 1e9)
    }
}
