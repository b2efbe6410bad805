import Foundation

/// Waits for the times at which frames are due: absolute ones, so that delays do not add up.
struct Metronome {
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let startNanosecondsSince1970: Int64

    /// Starts to count now.
    init() {
        startNanosecondsSince1970 = Self.nanosecondsSince1970()
        start = clock.now
    }

    /// Wall time of a moment after the start, in nanoseconds since 1970.
    func nanosecondsSince1970(at offset: Duration) -> Int64 { startNanosecondsSince1970 + Self.nanoseconds(offset) }

    /// Sleeps until a moment after the start, or until `isCancelled` says so; looks at it ten times a second.
    ///
    /// - Parameters:
    ///   - offset: The moment.
    ///   - delayMilliseconds: Time to sleep beyond it.
    ///   - isCancelled: True ends the sleep.
    /// - Returns: How late it was when the wait ended, in ms; 0 or more.
    func wait(until offset: Duration, delayMilliseconds: Double = 0, isCancelled: () -> Bool) -> Double {
        let due = start + offset
        let awaited = due + .nanoseconds(Int64(delayMilliseconds * 1e6))
        while !isCancelled() {
            let remaining = awaited - clock.now
            guard remaining > .zero else { break }
            Thread.sleep(forTimeInterval: min(Double(Self.nanoseconds(remaining)) / 1e9, 0.1))
        }
        return max(0, Double(Self.nanoseconds(clock.now - due)) / 1e6)
    }

    /// The wall clock, in nanoseconds since 1970.
    static func nanosecondsSince1970() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
