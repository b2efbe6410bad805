import Dispatch
import Imaging
import NIOCore
import Synchronization

/// Who is connected: bounds connections in all and per address, and gives places back whatever becomes of a connection.
final class ConnectionRoll: Sendable {
    private struct Entry {
        let client: [UInt8]
        let channel: any Channel
        var isViewer = false
    }

    private struct Contents {
        /// By number, which counts up: the lowest is the oldest.
        var entries: [Int: Entry] = [:]
        var lastNumber = 0
    }

    private let limits: PageLimits
    private let contents = Mutex(Contents())
    private let open = DispatchGroup()

    init(limits: PageLimits) { self.limits = limits }

    /// Takes up a connection.
    ///
    /// Where there is no room, the oldest one that no viewer sits at is closed for it.
    ///
    /// - Parameter channel: The connection; the caller is on its event loop.
    /// - Returns: Its number, or nil if it has to go: it has no address any more, or viewers take all the room.
    func enter(_ channel: any Channel) -> Int? {
        guard let client = channel.remoteAddress?.ipAddress.flatMap(IPAddress.client) else { return nil }
        let (number, leaving): (Int?, [any Channel]) = contents.withLock { contents in
            var leaving: [any Channel] = []
            let ofClient = contents.entries.filter { $0.value.client == client }
            if ofClient.count >= limits.connectionsPerAddress {
                guard let oldest = Self.oldestWithoutViewer(of: ofClient) else { return (nil, []) }
                leaving += contents.entries.removeValue(forKey: oldest).map { [$0.channel] } ?? []
            }
            if contents.entries.count >= limits.connections {
                guard let oldest = Self.oldestWithoutViewer(of: contents.entries) else { return (nil, leaving) }
                leaving += contents.entries.removeValue(forKey: oldest).map { [$0.channel] } ?? []
            }
            contents.lastNumber += 1
            contents.entries[contents.lastNumber] = Entry(client: client, channel: channel)
            return (contents.lastNumber, leaving)
        }
        for channel in leaving { channel.close(promise: nil) }
        if number != nil { open.enter() }
        return number
    }

    /// A connection that was taken up has ended.
    func leave(_ number: Int) {
        _ = contents.withLock { $0.entries.removeValue(forKey: number) }
        open.leave()
    }

    /// A connection carries a viewer from now on: it is not closed to make room for others.
    func becameViewer(_ number: Int) { contents.withLock { $0.entries[number]?.isViewer = true } }

    /// Waits until nobody is connected any more, then closes those that still are.
    func empty(waitingSeconds: Double) {
        if open.wait(timeout: .now() + waitingSeconds) == .success { return }
        for entry in contents.withLock({ $0.entries.values.map(\.self) }) { entry.channel.close(promise: nil) }
        _ = open.wait(timeout: .now() + waitingSeconds)
    }

    private static func oldestWithoutViewer(of entries: [Int: Entry]) -> Int? {
        entries.filter { !$0.value.isViewer }.keys.min()
    }
}
