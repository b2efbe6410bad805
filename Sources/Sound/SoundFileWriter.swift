import CSndFile
import Foundation
import Imaging
import UNet

/// A WAV file into which sounds are mixed at any time; its header is right at any moment.
///
/// Stays on one thread.
struct SoundFileWriter: ~Copyable {
    let path: String
    private let file: OpaquePointer
    /// Length so far, in values per channel.
    private var length = 0

    private static let channels = 2
    /// 6 hours; WAV cannot hold much more.
    private static let longestSeconds = 6 * 3600.0
    private static let silence = [Int16](repeating: 0, count: channels * SoundSynthesis.sampleRate)

    /// Creates the file.
    ///
    /// - Throws: ``SoundError/fileFailed(path:reason:)``.
    init(path: String) throws(SoundError) {
        var info = SF_INFO()
        info.samplerate = Int32(SoundSynthesis.sampleRate)
        info.channels = Int32(Self.channels)
        info.format = Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16)
        guard let file = sf_open(path, Int32(SFM_RDWR), &info) else {
            throw .fileFailed(path: path, reason: String(cString: sf_strerror(nil)))
        }
        sf_command(file, Int32(SFC_SET_UPDATE_HEADER_AUTO), nil, Int32(SF_TRUE))
        self.path = path
        self.file = file
    }

    deinit { sf_close(file) }

    /// Adds a sound to what is there, in whole steps of 16 bits: the order of sounds makes no difference.
    ///
    /// - Parameters:
    ///   - sound: Left and right in turn.
    ///   - seconds: When it begins.
    /// - Throws: ``SoundError/fileFailed(path:reason:)``.
    mutating func mix(_ sound: [Float], at seconds: Double) throws(SoundError) {
        guard (0...Self.longestSeconds).contains(seconds) else {
            throw .fileFailed(path: path, reason: "a WAV file holds \(Int(Self.longestSeconds / 3600)) hours")
        }
        let start = Int(saturating: (seconds * Double(SoundSynthesis.sampleRate)).rounded())
        let count = sound.count / Self.channels
        try extend(to: start + count)
        var mixed = [Int16](repeating: 0, count: sound.count)
        guard sf_seek(file, sf_count_t(start), SEEK_SET | Int32(SFM_READ)) >= 0,
            sf_readf_short(file, &mixed, sf_count_t(count)) == count
        else { throw failure() }
        for index in mixed.indices {
            mixed[index] = Int16(clamping: Int(mixed[index]) + Int(saturating: (sound[index] * 32767).rounded()))
        }
        guard sf_seek(file, sf_count_t(start), SEEK_SET | Int32(SFM_WRITE)) >= 0,
            sf_writef_short(file, mixed, sf_count_t(count)) == count
        else { throw failure() }
    }

    /// Makes the file at least so long, with silence.
    ///
    /// - Throws: ``SoundError/fileFailed(path:reason:)``.
    mutating func extend(toSeconds seconds: Double) throws(SoundError) {
        try extend(
            to: Int(saturating: (min(seconds, Self.longestSeconds) * Double(SoundSynthesis.sampleRate)).rounded())
        )
    }

    private mutating func extend(to count: Int) throws(SoundError) {
        guard count > length else { return }
        guard sf_seek(file, 0, SEEK_END | Int32(SFM_WRITE)) >= 0 else { throw failure() }
        while length < count {
            let piece = min(count - length, Self.silence.count / Self.channels)
            guard sf_writef_short(file, Self.silence, sf_count_t(piece)) == piece else { throw failure() }
            length += piece
        }
    }

    private func failure() -> SoundError { .fileFailed(path: path, reason: String(cString: sf_strerror(file))) }
}
