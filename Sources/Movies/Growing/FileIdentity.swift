import Foundation

/// Which file is at a path, whatever was there before.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64

    /// - Returns: Nil if there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// Which contents a file has, as far as the file system tells.
struct FileVersion {
    private let identity: FileIdentity
    /// Since 1970, in s.
    private let modified: Double

    /// A file that is being completed changes within such a time, in s.
    private static let completion = 1.0

    /// - Returns: Nil if there is no file.
    init?(path: String) {
        var status = stat()
        guard let identity = FileIdentity(path: path), stat(path, &status) == 0 else { return nil }
        self.identity = identity
        modified = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    }

    /// Whether the file is another one, or was written anew, since `earlier`.
    func isRewritten(since earlier: FileVersion) -> Bool {
        identity != earlier.identity || modified > earlier.modified + Self.completion
    }
}
