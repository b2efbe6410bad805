package import Imaging

/// What is heard of an event.
package struct SoundEvent: Sendable, Equatable {
    package var eventClass: EventClass
    /// Peak dF/F0; nil if it could not be measured.
    package var amplitude: Double?
    /// Where it is along x, from 0 (left) to 1 (right).
    package var position: Double
    /// Its onset since the first frame of the series, in s.
    package var onsetSeconds: Double
    /// How long after the announcement it is played, in s: keeps the rhythm of events that are announced together.
    package var delaySeconds: Double

    package init(
        eventClass: EventClass,
        amplitude: Double?,
        position: Double,
        onsetSeconds: Double,
        delaySeconds: Double = 0
    ) {
        self.eventClass = eventClass
        self.amplitude = amplitude
        self.position = position
        self.onsetSeconds = onsetSeconds
        self.delaySeconds = delaySeconds
    }
}

/// What a sound output is told.
package enum SoundItem: Sendable, Equatable {
    case seriesStart
    case event(SoundEvent)
    /// - Parameter seconds: Length of the series.
    case seriesEnd(seconds: Double)
}

/// What became of the sounds of a run.
package struct SoundStatistics: Sendable, Equatable {
    package var played = 0
    /// Sounds left out because they came late, too many at once, or to a full queue.
    package var dropped = 0
    /// Why there is no sound; nil if there is.
    package var failure: String?

    package init() {}
}

/// Why there is no sound.
package enum SoundError: Error, Equatable, CustomStringConvertible {
    case noLibrary(name: String, reason: String)
    case noDevice(name: String, reason: String)
    case deviceFailed(reason: String)
    case fileFailed(path: String, reason: String)
    case unusableSample(path: String, reason: String)

    package var description: String {
        switch self {
        case .noLibrary(let name, let reason):
            "no sound: \(name) cannot be loaded (\(reason)); install the package libasound2, or leave out --sound"
        case .noDevice(let name, let reason):
            "no sound: the device \"\(name)\" cannot be opened (\(reason)); `aplay -L` lists devices for --sound-device"
        case .deviceFailed(let reason):
            "no more sound: the device failed (\(reason)); detection goes on, check the sound card and start anew"
        case .fileFailed(let path, let reason):
            "\(path): no sound file: \(reason); choose another file or free some disk space"
        case .unusableSample(let path, let reason):
            "\(path): cannot be used as a sound: \(reason); give a sound file of up to \(Int(SoundSample.longestSeconds)) s"
        }
    }
}
