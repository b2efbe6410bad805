import CTIFF
import Foundation

/// Collects what libtiff reports about one file, so that it reaches the thrown error instead of the terminal.
///
/// libtiff keeps an unretained reference: the owner of the `TIFF*` keeps this object alive for as long.
final class TIFFMessages {
    private var firstError: String?

    /// The first error since the last call of ``clear()``: later ones are usually its consequences.
    var reason: String { firstError ?? "libtiff gave no reason" }

    /// Whether libtiff complained since the last call of ``clear()``.
    var hasError: Bool { firstError != nil }

    func clear() {
        firstError = nil
        errno = 0
    }

    /// Calls `open` with libtiff options that send errors here and limit single allocations.
    ///
    /// - Parameters:
    ///   - largestAllocation: Bytes that libtiff may allocate at once.
    ///   - open: Opens the file; nil means failure.
    /// - Returns: What `open` returned.
    func opening(largestAllocation: Int, _ open: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
        guard let options = TIFFOpenOptionsAlloc() else { return nil }
        defer { TIFFOpenOptionsFree(options) }
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t(largestAllocation))
        TIFFOpenOptionsSetErrorHandlerExtR(
            options,
            { _, messages, module, format, arguments in
                let errorNumber = errno
                guard let messages, let format, let arguments else { return 1 }
                Unmanaged<TIFFMessages>.fromOpaque(messages).takeUnretainedValue()
                    .record(format: format, arguments: arguments, errorNumber: errorNumber)
                return 1
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
        TIFFOpenOptionsSetWarningHandlerExtR(options, { _, _, _, _, _ in 1 }, nil)
        return open(options)
    }

    private func record(format: UnsafePointer<CChar>, arguments: CVaListPointer, errorNumber: Int32) {
        guard firstError == nil else { return }
        var text = [CChar](repeating: 0, count: 512)
        vsnprintf(&text, text.count, format, arguments)
        var message = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        while message.last == "." { message.removeLast() }
        if errorNumber != 0 {
            message += " (\(String(cString: strerror(errorNumber))))"
        }
        firstError = message
    }
}
