import Foundation

/// A file of which each input is the whole content, for readers that want a path.
final class FuzzedFile: Sendable {
    let path: String
    private let descriptor: Int32

    init(named name: String) {
        path = FileManager.default.temporaryDirectory.appending(path: "sparkwatch-fuzz-\(getpid())-\(name)").path
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0, "the folder for temporary files can be written")
    }

    func write(_ bytes: [UInt8]) {
        precondition(
            ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count,
            "there is room for an input"
        )
    }
}
