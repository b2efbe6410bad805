import Live
import Session
import Testing

/// Forecasts and signs of life, in invented time.
@Suite("Staying up")
struct StayingUpTests {
    private static let megabyte = 1_000_000

    /// What is announced while a disk loses so many MB a second, looked at every five seconds.
    private func announcements(free: Int, megabytesPerSecond: Double, seconds: Int) -> [(second: Int, health: Health)] {
        var forecast = DiskForecast(name: "journal")
        return stride(from: 0, to: seconds, by: 5).compactMap { second in
            let left = free * Self.megabyte - Int(megabytesPerSecond * Double(second)) * Self.megabyte
            return forecast.take(freeBytes: max(0, left), at: Double(second)).map { (second, $0) }
        }
    }

    @Test("A disk that fills is announced half an hour ahead and again five minutes ahead, once each")
    func fillingDisk() {
        // 12 GB at 5 MB/s: 40 minutes.
        let found = announcements(free: 12_000, megabytesPerSecond: 5, seconds: 2300)
        #expect(found.map(\.health.code) == [.diskFilling, .diskFilling])
        #expect(found.map(\.health.status) == [.notice, .degraded])
        #expect((595...615).contains(found[0].second) && found[0].health.message.contains("full in 30 min"))
        #expect((2095...2115).contains(found[1].second) && found[1].health.message.contains("full in 5 min"))
    }

    @Test("A disk that loses nothing is announced only if it is nearly full")
    func quietDisk() {
        #expect(announcements(free: 1000, megabytesPerSecond: 0, seconds: 600).isEmpty)
        let full = announcements(free: 100, megabytesPerSecond: 0, seconds: 600)
        #expect(full.count == 1 && full[0].health.message.contains("is nearly full"))
    }

    @Test("Room that somebody made is announced")
    func roomAgain() {
        var forecast = DiskForecast(name: "journal")
        #expect(forecast.take(freeBytes: 50 * Self.megabyte, at: 0)?.code == .diskFilling)
        #expect(forecast.take(freeBytes: 50 * Self.megabyte, at: 5) == nil)
        #expect(forecast.take(freeBytes: 90_000 * Self.megabyte, at: 10)?.code == .diskRoom)
    }

    /// Readings once a second; each part stands still from its second on.
    private func still(receiver: Int = .max, detection: Int = .max, publisher: Int = .max, waiting: Int = 5)
        -> [[String]]
    {
        var signs = VitalSigns(patienceSeconds: 10)
        return (0..<60).map { second in
            signs.take(
                VitalSigns.Reading(
                    receiverRounds: min(second, receiver),
                    framesTaken: min(second, detection),
                    windowsDecided: 0,
                    framesWaiting: waiting,
                    messagesSent: min(second, publisher)
                ),
                at: Double(second)
            )
        }
    }

    @Test("Each part that stands still for longer than the patience is named, and no other")
    func partsThatStandStill() {
        #expect(still().allSatisfy { $0.isEmpty })
        #expect(still(receiver: 20).firstIndex(of: ["receiver"]) == 31)
        #expect(still(detection: 20).firstIndex(of: ["detection"]) == 31)
        #expect(still(publisher: 20).firstIndex(of: ["publisher"]) == 31)
        // Detection that has nothing to do stands still with good reason.
        #expect(still(detection: 20, waiting: 0).allSatisfy { $0.isEmpty })
    }
}
