import Dashboard
import Foundation
import Glibc
import Session
import Testing
import Wire

/// What clients may cost before they are viewers: bytes, time, connections, open files.
@Suite("Limits of connections to the page")
struct ConnectionLimitTests {
    @Test func aLongHeadIsRefused() throws {
        let page = try ServedPage { $0.headBytes = 2000 }
        defer { page.stop() }
        let start = "GET / HTTP/1.1\r\n\(page.host)\r\nX: "
        let room = 2000 - start.utf8.count - 4
        let longest = start + String(repeating: "x", count: room) + "\r\n\r\n"
        #expect(try page.answer(to: longest).hasPrefix("HTTP/1.1 200 "))
        for request in [
            start + String(repeating: "x", count: room + 1) + "\r\n\r\n",
            "GET /" + String(repeating: "x", count: 3000) + " HTTP/1.1\r\n\(page.host)\r\n\r\n",
            start + String(repeating: "x", count: 100_000), String(repeating: "x: y\r\n", count: 2000),
            "GET / HTTP/1.1\r\n" + String(repeating: "x: y\r\n", count: 2000),
        ] {
            let answer = try page.answer(to: request)
            #expect(answer.hasPrefix("HTTP/1.1 431 ") || answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(80))")
        }
    }

    @Test func manyHeaderFieldsAreRefused() throws {
        let page = try ServedPage { $0.headerFields = 20 }
        defer { page.stop() }
        func status(fields: Int) throws -> Int {
            let fields = (2...fields).map { "X\($0): y\r\n" }.joined()
            let answer = try page.answer(to: "GET / HTTP/1.1\r\n\(page.host)\r\n\(fields)\r\n")
            return Int(answer.split(separator: " ")[1]) ?? 0
        }
        #expect(try status(fields: 20) == 200)
        #expect(try status(fields: 21) == 431)
    }

    /// 100 MB of header from one client: taken are the head's limit and what is thrown away so that the client can read why.
    @Test func anEndlessHeadTakesNoMemory() throws {
        let page = try ServedPage()
        defer { page.stop() }
        let client = try RawClient(port: page.port)
        client.send("GET / HTTP/1.1\r\n")
        let piece = Array((String(repeating: "x", count: 1022) + "\r\n").utf8)
        let pieces = (0..<100_000).prefix { _ in client.send(piece) }.count
        #expect(pieces < 50_000)
        #expect(try page.status("GET", "/", page.host) == 200)
    }

    @Test func aSlowHeadIsGivenUp() throws {
        let page = try ServedPage { $0.headSeconds = 0.3 }
        defer { page.stop() }
        let client = try RawClient(port: page.port)
        client.send("GET / HTTP/1.1\r\n")
        var sent = 0
        while client.send("x"), sent < 2000 {
            sent += 1
            Thread.sleep(forTimeInterval: 0.02)
        }
        #expect(sent < 2000)
        #expect(client.readToEnd().hasPrefix("HTTP/1.1 408 "))
        // Who sends nothing at all, as browsers do that connect in advance, is not answered either.
        #expect(try RawClient(port: page.port).readToEnd().isEmpty)
    }

    @Test func theOldestIdleConnectionMakesRoom() throws {
        let page = try ServedPage {
            $0.connectionsPerAddress = 4
            $0.headSeconds = 60
        }
        defer { page.stop() }
        let viewer = try RawClient.viewer(port: page.port)
        let idle = try (0..<3).map { _ in try RawClient(port: page.port) }
        // Its answer shows that the others have been taken up.
        #expect(try page.status("GET", "/", page.host) == 200)
        #expect(idle[0].readToEnd().isEmpty)
        #expect(page.broadcast.viewerCount == 1)
        idle[2].send("GET /main.js HTTP/1.1\r\n\(page.host)\r\n\r\n")
        #expect(idle[2].readToEnd().hasPrefix("HTTP/1.1 200 "))
        viewer.close()
    }

    @Test func viewersKeepTheirPlacesAndOtherAddressesTheirRoom() throws {
        let page = try ServedPage {
            $0.connectionsPerAddress = 3
            $0.connections = 5
        }
        defer { page.stop() }
        let viewers = try (0..<3).map { _ in try RawClient.viewer(port: page.port) }
        #expect(try RawClient(port: page.port).readToEnd().isEmpty)
        let others = try (0..<2).map { _ in try RawClient.viewer(port: page.port, from: "127.0.0.2") }
        #expect(try RawClient(port: page.port, from: "127.0.0.3").readToEnd().isEmpty)
        #expect(page.broadcast.viewerCount == 5)
        others[0].reset()
        try wait(for: "there is room") { page.broadcast.viewerCount == 4 }
        let late = try RawClient.viewer(port: page.port, from: "127.0.0.3")
        for client in viewers + [others[1], late] { client.close() }
        #expect(page.notices.drain().map(\.code) == ["page_refused"])
    }

    @Test func aListeningSocketThatIsTakenAwayIsSaid() throws {
        let page = try ServedPage()
        let viewer = try RawClient.viewer(port: page.port)
        #expect(try viewer.readFrame().opcode == 1)
        let listening = try #require((0..<1024).first { Self.isListening(Int32($0), on: page.port) })
        shutdown(Int32(listening), Int32(SHUT_RDWR))
        var codes: [Health.Code] = []
        try wait(for: "it is said") {
            codes += page.notices.drain().map(\.code)
            return !codes.isEmpty
        }
        #expect(codes == ["page_failed"])
        page.broadcast.send([(Data("still there".utf8), .none)])
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 1, content: Array("still there".utf8)))
        page.stop()
        #expect(page.notices.drain().isEmpty)
    }

    private static func isListening(_ descriptor: Int32, on port: Int) -> Bool {
        var (isListening, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
            return false
        }
        var (address, length) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        let result = withUnsafeMutableBytes(of: &address) {
            getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
        }
        return result == 0 && Int(in_port_t(bigEndian: address.sin_port)) == port
    }

    /// In a process of its own, whose files run out.
    @Test func whenFilesRunOutItIsSaidAndThePageComesBack() async {
        await #expect(processExitsWith: .success) {
            let page = try ServedPage()
            #expect(try page.status("GET", "/", page.host) == 200)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = 200
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)

            let clients = try (0..<4).map { _ in try RawClient() }
            var files: [Int32] = []
            while true {
                let file = open("/dev/null", O_RDONLY)
                guard file >= 0 else { break }
                files.append(file)
            }
            for client in clients {
                try client.connect(to: page.port)
                client.send("GET / HTTP/1.1\r\n\(page.host)\r\n\r\n")
            }
            var codes: [String] = []
            try wait(for: "it is said") {
                codes += page.notices.drain().map(\.code.rawValue)
                return codes.contains("page_failed")
            }
            for file in files { close(file) }
            for client in clients { #expect(client.readToEnd().hasPrefix("HTTP/1.1 200 ")) }
            codes += page.notices.drain().map(\.code.rawValue)
            #expect(codes == ["page_failed", "page_recovered"])
            page.stop()
        }
    }
}
