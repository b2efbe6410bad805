/// Sounds under way, added up block by block; a pure value that counts time in samples.
package struct SoundMixer {
    private struct Voice {
        let sound: [Float]
        /// Sample at which it begins.
        let start: Int
    }

    /// Samples mixed so far.
    package private(set) var position = 0
    private var voices: [Voice] = []

    /// Most sounds at a time.
    package static let mostVoices = 32

    package init() {}

    package var isSilent: Bool { voices.isEmpty }

    /// Adds a sound, left and right in turn, that begins at a sample, or at once if that is past.
    ///
    /// - Returns: False if there are too many sounds already.
    package mutating func add(_ sound: [Float], at start: Int) -> Bool {
        guard voices.count < Self.mostVoices else { return false }
        voices.append(Voice(sound: sound, start: max(start, position)))
        return true
    }

    /// The next block, left and right in turn, cut off at -1 and 1.
    package mutating func next(sampleCount: Int) -> [Float] {
        var block = [Float](repeating: 0, count: 2 * sampleCount)
        for voice in voices {
            let first = max(voice.start, position)
            let end = min(voice.start + voice.sound.count / 2, position + sampleCount)
            guard first < end else { continue }
            for sample in first..<end {
                for channel in 0..<2 {
                    block[2 * (sample - position) + channel] += voice.sound[2 * (sample - voice.start) + channel]
                }
            }
        }
        position += sampleCount
        voices.removeAll { $0.start + $0.sound.count / 2 <= position }
        return block.map { min(max($0, -1), 1) }
    }
}
