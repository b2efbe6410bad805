import Foundation

/// The time of day, as messages hold it.
enum WallClock {
    /// Since 1970, UTC, in ns.
    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
