import Foundation

/// The computer's sound output through ALSA, whose library is loaded when it is wanted.
///
/// Without the library, or without a sound card, there is an error to report instead of sound. Stays on one thread.
struct ALSADevice: ~Copyable {
    private typealias Handle = OpaquePointer
    private typealias Open =
        @convention(c) (
            UnsafeMutablePointer<Handle?>, UnsafePointer<CChar>, Int32, Int32
        ) -> Int32
    private typealias SetParameters = @convention(c) (Handle, Int32, Int32, UInt32, UInt32, Int32, UInt32) -> Int32
    private typealias Write = @convention(c) (Handle, UnsafeRawPointer, UInt) -> Int
    private typealias Recover = @convention(c) (Handle, Int32, Int32) -> Int32
    private typealias Close = @convention(c) (Handle) -> Int32
    private typealias ErrorText = @convention(c) (Int32) -> UnsafePointer<CChar>?
    /// What ALSA would print; its further arguments are variable.
    private typealias ErrorHandler =
        @convention(c) (
            UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?
        ) -> Void
    private typealias SetErrorHandler = @convention(c) (ErrorHandler?) -> Int32

    private let handle: Handle
    private let write: Write
    private let recover: Recover
    private let close: Close
    private let errorText: ErrorText

    private static let libraryName = "libasound.so.2"
    // From alsa/asoundlib.h: SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK, SND_PCM_FORMAT_FLOAT_LE,
    // SND_PCM_ACCESS_RW_INTERLEAVED.
    private static let playback: Int32 = 0
    private static let nonblocking: Int32 = 1
    private static let floatLittleEndian: Int32 = 14
    private static let interleaved: Int32 = 3
    /// Room of the device's own buffer, in µs.
    private static let latencyMicroseconds: UInt32 = 100_000

    /// Opens a device, such as `default`.
    ///
    /// - Throws: ``SoundError/noLibrary(name:reason:)``, ``SoundError/noDevice(name:reason:)``.
    init(name: String) throws(SoundError) {
        guard let library = dlopen(Self.libraryName, RTLD_NOW) else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
            throw .noLibrary(name: Self.libraryName, reason: reason)
        }
        func function<Function>(_ symbol: String, _ type: Function.Type) throws(SoundError) -> Function {
            guard let address = dlsym(library, symbol) else {
                throw .noLibrary(name: Self.libraryName, reason: "\(symbol) is missing in it")
            }
            return unsafeBitCast(address, to: type)
        }
        let write = try function("snd_pcm_writei", Write.self)
        let recover = try function("snd_pcm_recover", Recover.self)
        let close = try function("snd_pcm_close", Close.self)
        let errorText = try function("snd_strerror", ErrorText.self)
        let open = try function("snd_pcm_open", Open.self)
        let setParameters = try function("snd_pcm_set_params", SetParameters.self)
        _ = try function("snd_lib_error_set_handler", SetErrorHandler.self)({ _, _, _, _, _ in })

        var handle: Handle?
        let result = open(&handle, name, Self.playback, Self.nonblocking)
        guard result >= 0, let handle else { throw .noDevice(name: name, reason: Self.text(result, errorText)) }
        let setting = setParameters(
            handle,
            Self.floatLittleEndian,
            Self.interleaved,
            2,
            UInt32(SoundSynthesis.sampleRate),
            1,
            Self.latencyMicroseconds
        )
        guard setting >= 0 else {
            _ = close(handle)
            throw .noDevice(name: name, reason: Self.text(setting, errorText))
        }
        self.handle = handle
        self.write = write
        self.recover = recover
        self.close = close
        self.errorText = errorText
    }

    deinit { _ = close(handle) }

    /// Hands a block to the device, left and right in turn; what finds no room in it is left out.
    ///
    /// - Throws: ``SoundError/deviceFailed(reason:)`` if the device cannot go on.
    func play(_ block: [Float]) throws(SoundError) {
        for _ in 0..<2 {
            let written = write(handle, block, UInt(block.count / 2))
            if written >= 0 || written == -Int(EAGAIN) { return }
            // The device ran dry, or the computer slept: prepare it and try once more.
            let result = recover(handle, Int32(written), 1)
            guard result >= 0 else { throw .deviceFailed(reason: Self.text(result, errorText)) }
        }
    }

    private static func text(_ code: Int32, _ errorText: ErrorText) -> String {
        errorText(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
