import Dashboard
import Foundation
import TestSupport
import Testing

/// The server over real connections, with viewers of another make.
@Suite("Page server")
struct PageServerTests {
    private static let pictureBytes = 256 << 10
    private static let viewerCount = 8
    private static let eventCount = 60
    private static let picturesPerEvent = 10
    /// What a stalled viewer's queue may hold, and what the allocator keeps for itself; all pictures are 150 MiB.
    private static let allowedMegabytes = 40.0

    private func configuration() -> DashboardConfiguration {
        var configuration = DashboardConfiguration(
            pageFolder: PackagePaths.root.appending(path: "Sources/Dashboard/Page")
        )
        configuration.port = 0
        return configuration
    }

    private func residentMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return Double(status[1])! * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
    }

    @Test func eightViewersAndAStalledOneCostNoMemoryAndMissNoMessage() throws {
        let broadcast = Broadcast(viewerLimit: 32)
        let server = try PageServer(configuration(), broadcast: broadcast) { _, _ in }
        let script = try String(contentsOf: PackagePaths.peers.appending(path: "page_viewers.py"), encoding: .utf8)
        let (process, output) = try Python.start(
            script: script,
            arguments: ["\(server.port)", "\(Self.viewerCount)", "\(Self.eventCount)"]
        )
        #expect(String(decoding: output.availableData, as: UTF8.self) == "ready\n")
        try wait(for: "all are viewers") { broadcast.viewerCount == Self.viewerCount + 1 }

        var warm = 0.0
        for event in 0..<Self.eventCount {
            if event == Self.eventCount / 6 { warm = try residentMegabytes() }
            broadcast.send([(Data("{\"event\":\(event)}".utf8), .none)])
            for _ in 0..<Self.picturesPerEvent {
                broadcast.send(image: Data(repeating: 1, count: Self.pictureBytes))
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        let pictures = try JSONDecoder().decode([Int].self, from: output.readToEnd() ?? Data())
        process.waitUntilExit()
        let grown = try residentMegabytes() - warm
        #expect(process.terminationStatus == 0)
        #expect(pictures.count == Self.viewerCount && pictures.allSatisfy { $0 > 0 })
        #expect(grown < Self.allowedMegabytes, "\(grown) MB more")
        broadcast.end()
        server.stop()
    }

    @Test func withoutAPortTheNextFreeOneIsTaken() throws {
        var settings = configuration()
        settings.port = nil
        let first = try PageServer(settings, broadcast: Broadcast(viewerLimit: 1)) { _, _ in }
        let second = try PageServer(settings, broadcast: Broadcast(viewerLimit: 1)) { _, _ in }
        #expect(first.port >= DashboardConfiguration.defaultPort && second.port > first.port)
        settings.port = first.port
        #expect(throws: DashboardError.portsInUse(address: "127.0.0.1", ports: first.port...first.port)) {
            _ = try PageServer(settings, broadcast: Broadcast(viewerLimit: 1)) { _, _ in }
        }
        first.stop()
        second.stop()
    }

    @Test func aFolderWithoutAPageAndABadAddressAreNamed() throws {
        let folder = try TemporaryFolder()
        let empty = DashboardConfiguration(pageFolder: folder.url)
        #expect(throws: DashboardError.pageMissing(folder: folder.url.path, name: "index.html")) {
            _ = try PageServer(empty, broadcast: Broadcast(viewerLimit: 1)) { _, _ in }
        }
        var elsewhere = configuration()
        elsewhere.address = "no address"
        #expect(throws: DashboardError.invalidAddress("no address")) {
            _ = try PageServer(elsewhere, broadcast: Broadcast(viewerLimit: 1)) { _, _ in }
        }
    }
}
