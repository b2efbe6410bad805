import Foundation

/// Tells the service manager that the run is alive, as long as it is; without a manager it does nothing.
struct Watchdog {
    private let manager: ServiceManager?
    private var signs: VitalSigns
    private let start = ContinuousClock.now
    private var nextSeconds = 0.0
    private var stillParts: [String] = []

    init() {
        manager = ServiceManager()
        signs = VitalSigns(patienceSeconds: (manager?.watchdogSeconds ?? 60) / 2)
    }

    /// Says that the run has begun.
    func ready() { manager?.tell("READY=1\nSTATUS=waiting for frames") }

    func stopping() { manager?.tell("STOPPING=1") }

    /// Looks whether everything moves; says so four times in the time that the manager waits.
    ///
    /// - Returns: What to note for people: that something has stopped to give signs.
    mutating func update(_ reading: VitalSigns.Reading, status: () -> String) -> String? {
        guard let manager, let interval = manager.watchdogSeconds else { return nil }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let still = signs.take(reading, at: seconds)
        defer { stillParts = still }
        if still.isEmpty, seconds >= nextSeconds {
            nextSeconds = seconds + interval / 4
            manager.tell("WATCHDOG=1\nSTATUS=\(status())")
        }
        guard !still.isEmpty, stillParts.isEmpty else { return nil }
        return "no sign of \(still.joined(separator: ", ")): the service manager will start this program anew"
    }
}
