import Foundation

/// Tells when something in a folder changes: through the kernel where it knows, by looking at it where it does not.
///
/// The kernel does not hear of what other computers write to a network drive. Use it on one thread only.
package final class FolderWatch {
    /// How news comes.
    package enum Means: String, Sendable, CaseIterable {
        /// By inotify on local drives, by looking on network drives.
        case automatic = "auto"
        case kernel
        case looking
    }

    /// What has changed since the last time.
    package struct Changes: Equatable {
        /// Files that were written to, or are new; each once.
        package var names: [String] = []
        /// Files that whoever wrote them has closed, or moved here.
        package var closed: Set<String> = []
    }

    package let folder: String
    /// Whether the kernel brings news; else names are all that is found, and nobody says which files are closed.
    package let hearsFromKernel: Bool
    private let descriptor: Int32
    private var known: Set<String> = []
    private var nextListing: ContinuousClock.Instant
    private var mustList = true

    /// How often a folder is looked at, at most; a slow one less often.
    private static let lookInterval = Duration.milliseconds(100)
    /// How often the folder is listed although the kernel brings news.
    private static let reviewInterval = Duration.seconds(5)
    /// Files that are kept in mind, at most.
    private static let mostNames = 4_000_000

    /// - Parameters:
    ///   - folder: A folder that exists.
    ///   - means: How news comes.
    ///   - now: The present.
    package init(folder: String, means: Means = .automatic, at now: ContinuousClock.Instant) {
        self.folder = folder
        nextListing = now
        let wantsKernel = means == .kernel || (means == .automatic && !Self.isOnNetwork(folder))
        #if os(Linux)
            var descriptor: Int32 = -1
            if wantsKernel {
                descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
                let events = UInt32(IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO)
                if descriptor >= 0, inotify_add_watch(descriptor, folder, events) < 0 {
                    close(descriptor)
                    descriptor = -1
                }
            }
            self.descriptor = descriptor
        #else
            descriptor = -1
        #endif
        hearsFromKernel = descriptor >= 0
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Returns when something may have changed, or the time is up.
    package func wait(upTo timeout: Duration) {
        let milliseconds = max(0, Int32(clamping: Int64(timeout / .milliseconds(1))))
        if descriptor >= 0 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, milliseconds)
        } else {
            usleep(UInt32(milliseconds) * 1000)
        }
    }

    /// What has changed since the last call; at the first, all files that are there, in the order of their names.
    ///
    /// - Complexity: O(changes); O(files) when the folder is listed.
    package func changes(at now: ContinuousClock.Instant) -> Changes {
        var changes = Changes()
        if descriptor >= 0 { readNews(into: &changes) }
        if mustList || now >= nextListing {
            let start = ContinuousClock.now
            list(into: &changes)
            // A folder of many files must not keep a processor busy.
            let pause = (ContinuousClock.now - start) * 20
            nextListing = now + max(pause, hearsFromKernel ? Self.reviewInterval : Self.lookInterval)
            mustList = false
        }
        return changes
    }

    /// Adds files that were not known.
    private func list(into changes: inout Changes) {
        guard let handle = opendir(folder) else { return }
        defer { closedir(handle) }
        var found: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            guard Self.isMovieName(name), !known.contains(name), known.count < Self.mostNames else { continue }
            known.insert(name)
            found.append(name)
        }
        changes.names += found.sorted().filter { !changes.names.contains($0) }
    }

    /// TIFF files alone; those that begin with a dot are not finished, or notes of another system.
    static func isMovieName(_ name: String) -> Bool {
        let lowered = name.lowercased()
        return !name.hasPrefix(".") && [".tif", ".tiff", ".btf", ".tf8"].contains { lowered.hasSuffix($0) }
    }

    private func readNews(into changes: inout Changes) {
        #if os(Linux)
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            var seen = Set(changes.names)
            let headByteCount = MemoryLayout<inotify_event>.size
            while true {
                let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                var offset = 0
                while offset + headByteCount <= count {
                    let event = buffer.withUnsafeBytes {
                        $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                    }
                    let start = offset + headByteCount
                    let end = min(start + Int(event.len), count)
                    offset = start + Int(event.len)
                    // Too much news at once: the folder itself knows.
                    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { mustList = true }
                    let name = String(decoding: buffer[start..<end].prefix { $0 != 0 }, as: UTF8.self)
                    guard Self.isMovieName(name), known.contains(name) || known.count < Self.mostNames else { continue }
                    known.insert(name)
                    if seen.insert(name).inserted { changes.names.append(name) }
                    if event.mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 { changes.closed.insert(name) }
                }
            }
        #endif
    }

    /// Network drives by the type that the system gives them.
    private static let networkTypes = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.davfs", "davfs", "afs", "ceph", "lustre",
        "glusterfs", "fuse.glusterfs", "fuse.rclone", "ncpfs", "webdav", "afpfs", "vboxsf", "virtiofs",
    ]

    /// Whether a folder lies on a drive that other computers write to.
    static func isOnNetwork(_ folder: String) -> Bool {
        let path = URL(filePath: folder).resolvingSymlinksInPath().path
        guard let table = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8) else { return false }
        var best = (length: -1, type: "")
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let point = fields[1].replacingOccurrences(of: "\\040", with: " ")
            let isAbove = path == point || point == "/" || path.hasPrefix(point + "/")
            if isAbove, point.count >= best.length { best = (point.count, String(fields[2])) }
        }
        return networkTypes.contains(best.type)
    }
}
