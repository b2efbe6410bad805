import Foundation

/// A file descriptor that is written with errors told apart and flushed to the disk; closes itself.
struct JournalFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    /// Opens a file; a new one is readable by everyone, as far as the umask allows.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - flags: As for open(2).
    /// - Throws: ``JournalError/systemCall(doing:path:code:)``
    init(path: String, flags: Int32) throws(JournalError) {
        let descriptor = open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .systemCall(doing: "opening", path: path, code: errno) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Length in bytes.
    func length() throws(JournalError) -> Int {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure("examining") }
        return Int(information.st_size)
    }

    /// True unless the path still leads to this very file.
    var isGone: Bool {
        var (own, found) = (stat(), stat())
        guard fstat(descriptor, &own) == 0, stat(path, &found) == 0 else { return true }
        return own.st_ino != found.st_ino || own.st_dev != found.st_dev
    }

    /// The byte at an offset; nil behind the end.
    func byte(at offset: Int) throws(JournalError) -> UInt8? {
        var byte: UInt8 = 0
        let count = pread(descriptor, &byte, 1, off_t(offset))
        guard count >= 0 else { throw failure("reading") }
        return count == 1 ? byte : nil
    }

    /// The bytes from an offset on, fewer at the end of the file.
    func bytes(at offset: Int, count: Int) throws(JournalError) -> Data {
        var bytes = Data(count: count)
        while true {
            let readCount = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            if readCount < 0, errno == EINTR { continue }
            guard readCount >= 0 else { throw failure("reading") }
            return bytes.prefix(readCount)
        }
    }

    /// Takes the file for this process alone, where the file system can do that.
    ///
    /// - Throws: ``JournalError/inUse(path:)`` if another process has it.
    func lock() throws(JournalError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            switch errno {
            case EWOULDBLOCK: throw .inUse(path: path)
            case ENOLCK, ENOTSUP, EINVAL: return
            default: throw failure("locking")
            }
        }
    }

    /// Takes the file as soon as no other process has it, where the file system can do that.
    func lockWaiting() throws(JournalError) {
        while flock(descriptor, LOCK_EX) != 0 {
            switch errno {
            case EINTR: continue
            case ENOLCK, ENOTSUP, EINVAL: return
            default: throw failure("locking")
            }
        }
    }

    func unlock() { flock(descriptor, LOCK_UN) }

    /// Writes all bytes; on an error some of them may have been written.
    func write(_ bytes: Data) throws(JournalError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("writing")
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Returns when everything written has reached the disk.
    func flush() throws(JournalError) {
        #if canImport(Darwin)
            // fsync leaves the data in the drive's cache there.
            let result = fcntl(descriptor, F_FULLFSYNC)
        #else
            let result = fsync(descriptor)
        #endif
        // Pipes and special files cannot be flushed and need not be.
        guard result == 0 || errno == EINVAL || errno == ENOTSUP else { throw failure("flushing") }
    }

    func truncate(toLength length: Int) throws(JournalError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw failure("shortening") }
    }

    private func failure(_ doing: String) -> JournalError {
        .systemCall(doing: doing, path: path, code: errno)
    }
}
