import Foundation
package import Session
import Synchronization

/// Looks at the free space of the disks that a live run writes to.
package final class DiskPart: WatchedPart {
    private struct Watched {
        let folder: String
        var forecast: DiskForecast
    }

    private struct Contents {
        var watched: [Watched]
        var lastLook: ContinuousClock.Instant?
    }

    private let contents: Mutex<Contents>
    private let start = ContinuousClock.now

    private static let interval = Duration.seconds(5)

    /// - Parameter folders: What is written to, by what goes there, such as `recordings`.
    package init(folders: [(name: String, path: String)]) {
        contents = Mutex(
            Contents(
                watched: folders.map {
                    Watched(folder: $0.path, forecast: DiskForecast(name: "\($0.name) (\($0.path))"))
                }
            )
        )
    }

    package func news() -> [Health] {
        contents.withLock { contents in
            let now = ContinuousClock.now
            guard contents.lastLook.map({ now - $0 >= Self.interval }) ?? true else { return [] }
            contents.lastLook = now
            let seconds = (now - start) / .seconds(1)
            var seen: Set<UInt> = []
            return contents.watched.indices.compactMap { index in
                guard let disk = Self.disk(of: contents.watched[index].folder), seen.insert(disk.id).inserted else {
                    return nil
                }
                return contents.watched[index].forecast.take(freeBytes: disk.freeBytes, at: seconds)
            }
        }
    }

    /// The disk of a folder, and what this user may still write there; nil if it cannot be asked.
    private static func disk(of path: String) -> (id: UInt, freeBytes: Int)? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return (UInt(status.f_fsid), Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize)))
    }
}
