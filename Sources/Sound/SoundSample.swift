import CSndFile
import Foundation
package import Imaging

/// A user's own sound: one channel at the rate of ``SoundSynthesis``.
package struct SoundSample: Sendable, Equatable {
    /// Longer files are refused.
    package static let longestSeconds = 10.0

    package let values: [Float]

    private static let sampleRates = 1000...384_000
    private static let mostChannels = 8
    /// Loudest value after loading.
    private static let peak: Float = 0.7

    /// Loads `spark`, `puff` and `wave` with any ending that libsndfile reads, as far as they are in a folder.
    ///
    /// - Throws: ``SoundError/unusableSample(path:reason:)``, also if the folder has none of them.
    package static func all(inFolder path: String) throws -> [EventClass: SoundSample] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw SoundError.unusableSample(path: path, reason: error.localizedDescription)
        }
        var samples: [EventClass: SoundSample] = [:]
        for eventClass in EventClass.allCases {
            guard let name = names.first(where: { $0.hasPrefix(eventClass.name + ".") }) else { continue }
            samples[eventClass] = try SoundSample(path: "\(path)/\(name)")
        }
        guard !samples.isEmpty else {
            throw SoundError.unusableSample(path: path, reason: "it holds no spark.wav, puff.wav or wave.wav")
        }
        return samples
    }

    /// Loads a file, mixes its channels, brings it to our rate and to an even loudness.
    ///
    /// - Throws: ``SoundError/unusableSample(path:reason:)``.
    package init(path: String) throws(SoundError) {
        var info = SF_INFO()
        guard let file = sf_open(path, Int32(SFM_READ), &info) else {
            throw .unusableSample(path: path, reason: String(cString: sf_strerror(nil)))
        }
        defer { sf_close(file) }
        let (channels, rate) = (Int(info.channels), Int(info.samplerate))
        guard Self.sampleRates.contains(rate), (1...Self.mostChannels).contains(channels), info.frames > 0 else {
            throw .unusableSample(path: path, reason: "\(channels) channels of \(info.frames) values at \(rate) Hz")
        }
        let seconds = Double(info.frames) / Double(rate)
        guard seconds <= Self.longestSeconds else {
            throw .unusableSample(path: path, reason: String(format: "it is %.1f s long", seconds))
        }
        var interleaved = [Float](repeating: 0, count: Int(info.frames) * channels)
        let count = Int(sf_readf_float(file, &interleaved, info.frames))
        guard count > 0, interleaved.allSatisfy(\.isFinite) else {
            throw .unusableSample(path: path, reason: "its values cannot be read")
        }
        let mono = (0..<count).map { frame in
            interleaved[frame * channels..<(frame + 1) * channels].reduce(0, +) / Float(channels)
        }
        let resampled = Resampler.resample(mono, by: Double(rate) / Double(SoundSynthesis.sampleRate))
        let loudest = resampled.reduce(0) { max($0, abs($1)) }
        values = loudest > 0 ? resampled.map { $0 * Self.peak / loudest } : resampled
    }

    /// The sample at another pitch, and as much shorter or longer.
    func played(at pitch: Double) -> [Float] {
        (0..<Int(Double(values.count) / pitch)).map { index in
            let place = Double(index) * pitch
            let (before, part) = (Int(place), Float(place - place.rounded(.down)))
            let next = before + 1 < values.count ? values[before + 1] : 0
            return values[before] * (1 - part) + next * part
        }
    }
}

/// Brings a signal to another rate by a windowed sinc, which keeps what both rates can hold and nothing else.
enum Resampler {
    /// Zero crossings of the sinc on either side.
    private static let reach = 16.0

    /// - Parameters:
    ///   - input: The signal.
    ///   - step: Rate of the input divided by that of the output.
    /// - Returns: The signal at the other rate, as long in time.
    static func resample(_ input: [Float], by step: Double) -> [Float] {
        guard step != 1 else { return input }
        let cutoff = min(1, 1 / step)
        let radius = reach / cutoff
        return (0..<max(1, Int(Double(input.count) / step))).map { index in
            let place = Double(index) * step
            let first = max(0, Int((place - radius).rounded(.up)))
            let last = min(input.count - 1, Int(place + radius))
            guard first <= last else { return 0 }
            var sum = 0.0
            for source in first...last {
                let distance = Double(source) - place
                let angle = Double.pi * distance * cutoff
                let sinc = abs(angle) < 1e-9 ? 1 : sin(angle) / angle
                let window = 0.5 + 0.5 * cos(.pi * distance / radius)
                sum += Double(input[source]) * sinc * window * cutoff
            }
            return Float(sum)
        }
    }
}
