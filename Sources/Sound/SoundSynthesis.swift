import Foundation
package import Imaging

/// Turns events into sound: pure and deterministic, the same event gives the same samples.
///
/// A spark is a short click, a puff a soft low chord, a wave a long rising tone. Pitch tells the amplitude, the place
/// between left and right the place along x.
package struct SoundSynthesis: Sendable {
    /// Samples per second and channel, everywhere.
    package static let sampleRate = 44_100

    /// A user's own sounds by class; the others are synthesised.
    private let samples: [EventClass: SoundSample]

    package init(samples: [EventClass: SoundSample] = [:]) { self.samples = samples }

    /// The sound of an event, left and right in turn, from its onset on; no value is beyond -1 to 1.
    package func render(_ event: SoundEvent) -> [Float] {
        let mono =
            if let sample = samples[event.eventClass] {
                sample.played(at: Self.pitch(of: event.amplitude))
            } else {
                Self.tone(of: event)
            }
        let angle = min(max(event.position, 0), 1) * .pi / 2
        let (left, right) = (Float(cos(angle)), Float(sin(angle)))
        return mono.flatMap { [$0 * left, $0 * right] }
    }

    /// How much higher than the middle an amplitude sounds, as a ratio: 1/2 for dF/F0 of 0.1 and less, 2 for 1.6 and
    /// more, 1 where it is unknown.
    package static func pitch(of amplitude: Double?) -> Double {
        guard let amplitude, amplitude > 0 else { return amplitude == nil ? 1 : 0.5 }
        return min(max((amplitude / 0.4).squareRoot(), 0.5), 2)
    }

    /// Frequencies at the middle pitch, in Hz: of a click, of a puff's lower tone, of a wave's beginning.
    package static let sparkHertz = 1500.0
    package static let puffHertz = 330.0
    package static let waveHertz = 300.0

    private static func tone(of event: SoundEvent) -> [Float] {
        let pitch = pitch(of: event.amplitude)
        switch event.eventClass {
        case .spark:
            return rendered(seconds: 0.04) { time, _ in
                0.6 * sin(2 * .pi * sparkHertz * pitch * time) * exp(-time / 0.008)
            }
        case .puff:
            return rendered(seconds: 0.25) { time, part in
                let swell = sin(.pi * part)
                let phase = 2 * .pi * puffHertz * pitch * time
                return swell * swell * (0.35 * sin(phase) + 0.15 * sin(1.5 * phase))
            }
        case .wave:
            let seconds = 0.7
            return rendered(seconds: seconds) { time, part in
                // From the frequency at the start to three times as much at the end.
                let phase = 2 * .pi * waveHertz * pitch * time * (1 + time / seconds)
                return 0.5 * sin(phase) * min(1, 20 * part, 5 * (1 - part))
            }
        }
    }

    /// - Parameters:
    ///   - seconds: Length.
    ///   - value: The sound at a time in s, which is also given as a part of the whole.
    /// - Returns: One channel.
    private static func rendered(seconds: Double, _ value: (_ time: Double, _ part: Double) -> Double) -> [Float] {
        let count = Int(saturating: seconds * Double(sampleRate))
        return (0..<count).map { Float(value(Double($0) / Double(sampleRate), Double($0) / Double(count))) }
    }
}

/// Lets through so many clicks a second at most, whatever their order: one in each slot of time.
struct ClickLimiter {
    private let slotSeconds: Double
    private var recentSlots: Set<Int> = []
    private var order: [Int] = []

    /// Slots that are remembered; events are announced in the order of their ends, not of their onsets.
    private static let memory = 4096

    /// - Parameter clicksPerSecond: Positive.
    init(clicksPerSecond: Double) { slotSeconds = 1 / clicksPerSecond }

    /// - Parameter seconds: When the click is due.
    /// - Returns: False if the time has its click already.
    mutating func admits(at seconds: Double) -> Bool {
        let slot = Int(saturating: min(max(seconds / slotSeconds, 0), 1e15))
        guard recentSlots.insert(slot).inserted else { return false }
        order.append(slot)
        if order.count > Self.memory { recentSlots.remove(order.removeFirst()) }
        return true
    }

    mutating func reset() {
        recentSlots = []
        order = []
    }
}
