import Foundation

/// What can go wrong with journals and tables on disk.
package enum JournalError: Error, Equatable, CustomStringConvertible {
    /// A system call failed; `code` is errno.
    case systemCall(doing: String, path: String, code: Int32)
    /// Another process has the journal open.
    case inUse(path: String)
    /// The file is longer than any that is written here.
    case tooLong(path: String, limit: Int)

    package var description: String {
        switch self {
        case .systemCall(let doing, let path, let code):
            let reason = String(cString: strerror(code))
            return "\(path): \(doing) failed: \(reason) (errno \(code)); check free space and permissions of the folder"
        case .inUse(let path):
            return "\(path): another process writes to this journal; stop it or choose another file"
        case .tooLong(let path, let limit):
            return "\(path): longer than \(limit >> 20) MiB, which no file of this kind is; move it away"
        }
    }
}
