import Foundation

/// The one owner of an open file; closes it at the end of its life.
struct PositionedFile: ~Copyable {
    let descriptor: Int32

    /// Creates an empty file, or opens an existing one for reading.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - creating: True for a new file.
    ///   - replacing: False to refuse if there is a file of that name already.
    /// - Throws: ``TIFFError/cannotOpen(path:reason:)``.
    init(path: String, creating: Bool, replacing: Bool = true) throws(TIFFError) {
        let creation = O_RDWR | O_CREAT | (replacing ? O_TRUNC : O_EXCL)
        let flags = (creating ? creation : O_RDONLY) | O_CLOEXEC
        descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, reason: Self.lastReason)
        }
    }

    deinit { close(descriptor) }

    /// What the operating system says about its last error on this thread.
    static var lastReason: String { String(cString: strerror(errno)) }

    /// The length of the file; nil if it is a folder, a pipe or a device.
    var byteCount: Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Writes all bytes at an offset.
    ///
    /// - Returns: False with `errno` set if not all bytes could be written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Fills `bytes` from an offset.
    ///
    /// - Returns: False if the file ends before or cannot be read.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        var filled = 0
        while filled < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            filled += count
        }
        return true
    }

    /// Cuts off what lies behind `byteCount`.
    ///
    /// - Returns: False with `errno` set if the file could not be shortened.
    func truncate(to byteCount: Int) -> Bool { ftruncate(descriptor, off_t(byteCount)) == 0 }

    /// Returns when everything written has reached the disk; false with `errno` set if it has not.
    func flush() -> Bool { fsync(descriptor) == 0 }

    /// Closes the file and tells whether every byte written has reached it.
    consuming func finish() -> Bool {
        let result = close(descriptor)
        discard self
        return result == 0
    }
}
