import Dashboard
import Foundation
import Synchronization
import TestSupport

/// A page that is really served, and the commands that reach it.
final class ServedPage: Sendable {
    let broadcast: Broadcast
    let notices = PageNotices()
    let server: PageServer

    private let taken: Commands

    private final class Commands: Sendable {
        let texts = Mutex<[String]>([])
    }

    static let folder = PackagePaths.root.appending(path: "Sources/Dashboard/Page")

    /// - Parameters:
    ///   - address: IP address to listen on.
    ///   - token: See `DashboardConfiguration`.
    ///   - publicOrigin: See `DashboardConfiguration`.
    ///   - change: Sets limits.
    /// - Throws: `DashboardError` if the page cannot be served.
    init(
        address: String = "127.0.0.1",
        token: String? = nil,
        publicOrigin: String? = nil,
        limits change: (inout PageLimits) -> Void = { _ in }
    ) throws {
        var configuration = DashboardConfiguration(
            address: address,
            token: token,
            publicOrigin: publicOrigin.flatMap(PublicOrigin.init),
            pageFolder: Self.folder
        )
        configuration.port = 0
        change(&configuration.limits)
        let commands = Commands()
        taken = commands
        broadcast = Broadcast(viewerLimit: configuration.limits.viewers, queueLimits: configuration.limits.queue)
        server = try PageServer(configuration, broadcast: broadcast, notices: notices) { command, _ in
            commands.texts.withLock { $0.append(String(decoding: command, as: UTF8.self)) }
        }
    }

    var port: Int { server.port }

    /// Commands of viewers so far.
    var commands: [String] { taken.texts.withLock(\.self) }

    /// Sends a request as it stands and returns the answer.
    func answer(to request: String) throws -> String {
        let client = try RawClient(port: port)
        client.send(request)
        return client.readToEnd()
    }

    /// The status of the answer to a request with a head of a method, a target and header fields; 0 if there is none.
    func status(_ method: String = "GET", _ target: String = "/", _ headers: String...) throws -> Int {
        let lines = ["\(method) \(target) HTTP/1.1"] + headers + ["", ""]
        let words = try answer(to: lines.joined(separator: "\r\n")).split(separator: " ", maxSplits: 2)
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    var host: String { "Host: 127.0.0.1:\(port)" }

    func stop() {
        broadcast.end()
        server.stop()
    }
}

/// Returns as soon as a condition is true.
///
/// - Throws: ``NeverHappened`` after a minute.
func wait(for what: String, _ condition: () throws -> Bool) throws {
    for _ in 0..<6000 {
        if try condition() { return }
        Thread.sleep(forTimeInterval: 0.01)
    }
    throw NeverHappened(what: what)
}

struct NeverHappened: Error {
    let what: String
}
