import Dashboard
import Foundation
import Session
import Testing

/// Which requests are answered, and how: bytes over real connections.
@Suite("Requests to the page's server")
final class RequestTests {
    let page: ServedPage

    init() throws { page = try ServedPage() }

    deinit { page.stop() }

    @Test func thePageAndWhatItLoadsAreServed() throws {
        let answer = try page.answer(to: "GET / HTTP/1.1\r\n\(page.host)\r\n\r\n")
        let index = try String(contentsOf: ServedPage.folder.appending(path: "index.html"), encoding: .utf8)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\n" + index))
        for line in [
            "Content-Type: text/html; charset=utf-8", "Connection: close", "X-Content-Type-Options: nosniff",
            "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
        ] { #expect(answer.contains("\r\n\(line)\r\n"), "\(line)") }
        #expect(answer.contains("\r\nContent-Security-Policy: default-src 'self';"))
        #expect(try page.status("GET", "/main.js?x=1", page.host) == 200)
    }

    @Test func headersWithoutThePageForHEAD() throws {
        let answer = try page.answer(to: "HEAD /main.js HTTP/1.1\r\n\(page.host)\r\n\r\n")
        let size = try Data(contentsOf: ServedPage.folder.appending(path: "main.js")).count
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n"))
        #expect(answer.contains("\r\nContent-Length: \(size)\r\n"))
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
    func otherMethodsAreRefused(method: String) throws {
        let target = method == "CONNECT" ? "127.0.0.1:1" : "/"
        let answer = try page.answer(to: "\(method) \(target) HTTP/1.1\r\n\(page.host)\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("\r\nAllow: GET, HEAD\r\n"))
        #expect(try page.status(method, method == "CONNECT" ? "127.0.0.1:1" : "/live", page.host) == 405)
    }

    @Test(arguments: [
        "/../Package.swift", "/..%2f..%2fPackage.swift", "/%2e%2e/DashboardError.swift", "//etc/passwd", "/index.html/",
        "/Main.js", "/main.js%00", "/live/",
    ])
    func nothingElseOnTheDiskIsServed(target: String) throws {
        #expect(try page.status("GET", target, page.host) == 404)
    }

    @Test func otherNamesAreRefused() throws {
        for host in ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"] {
            #expect(try page.status("GET", "/", "Host: \(host):\(page.port)") == 200, "\(host)")
        }
        for host in [
            "127.evil.example", "127.0.0.1.evil.example", "[::1].evil.example", "localhost.evil.example",
            "evil.example", "127.0.0.2", "0.0.0.0", "[::]", "127.1", "2130706433", "localhost.", "user@127.0.0.1", "",
        ] { #expect(try page.status("GET", "/", "Host: \(host):\(page.port)") == 403, "\(host)") }
        for host in ["127.0.0.1", "localhost", "127.0.0.1:\(page.port + 1)", "127.0.0.1:\(page.port)0", "127.0.0.1:"] {
            #expect(try page.status("GET", "/", "Host: \(host)") == 403, "\(host)")
        }
        #expect(try page.status("GET", "/") == 400)
        #expect(try page.status("GET", "/", page.host, page.host) == 400)
        #expect(try page.status("GET", "http://evil.example/", page.host) == 400)
        #expect(page.notices.drain().map(\.code).contains("page_refused"))
    }

    @Test func foreignPagesAreRefused() throws {
        let own = "Origin: http://127.0.0.1:\(page.port)"
        #expect(try page.status("GET", "/", page.host, own) == 200)
        #expect(try page.status("GET", "/", "Host: localhost:\(page.port)", own) == 403)
        for origin in [
            "http://evil.example", "null", "", "https://127.0.0.1:\(page.port)", "http://127.0.0.1", "http://localhost",
            "http://127.0.0.1:\(page.port + 1)", "http://127.0.0.1:\(page.port)/", "file://",
        ] { #expect(try page.status("GET", "/", page.host, "Origin: \(origin)") == 403, "\(origin)") }
        #expect(try page.status("GET", "/", page.host, own, "Origin: http://evil.example") == 403)
    }

    @Test func theSocketIsForThePageAlone() throws {
        let own = RawClient.upgrade(port: page.port)
        #expect(try RawClient.viewer(port: page.port).readFrame().opcode == 1)
        let lines = own.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        func answer(without name: String, adding extra: String? = nil) throws -> String {
            var lines = lines.filter { !$0.hasPrefix("\(name):") }
            if let extra { lines.insert(extra, at: 1) }
            return try page.answer(to: lines.joined(separator: "\r\n"))
        }
        #expect(try answer(without: "Origin").hasPrefix("HTTP/1.1 403 "))
        #expect(try answer(without: "Origin", adding: "Origin: http://evil.example").hasPrefix("HTTP/1.1 403 "))
        #expect(try answer(without: "Origin", adding: "Origin: null").hasPrefix("HTTP/1.1 403 "))
        #expect(try answer(without: "Upgrade").hasPrefix("HTTP/1.1 426 "))
        #expect(try answer(without: "Connection").hasPrefix("HTTP/1.1 426 "))
        #expect(try answer(without: "Sec-WebSocket-Version").hasPrefix("HTTP/1.1 426 "))
        #expect(try answer(without: "Sec-WebSocket-Key").hasPrefix("HTTP/1.1 400 "))
        #expect(try answer(without: "Sec-WebSocket-Key", adding: "Sec-WebSocket-Key: abc").hasPrefix("HTTP/1.1 400 "))
        #expect(try page.answer(to: own.replacing("HTTP/1.1", with: "HTTP/1.0")).hasPrefix("HTTP/1.1 400 "))
        try wait(for: "no viewer is left") { page.broadcast.viewerCount == 0 }
    }

    /// What a foreign page's `fetch` can send: a long or chunked body that holds a WebSocket's request and a command.
    @Test(arguments: ["Content-Length: 3000000", "Transfer-Encoding: chunked", "Content-Length: 0"])
    func nothingBehindARequestIsARequest(framing: String) throws {
        let command = #"{"command":"disarm","rule":"wave"}"#
        let smuggled =
            RawClient.upgrade(port: page.port).replacing("Origin: http://127.0.0.1:\(page.port)\r\n", with: "")
            + RawClient.upgrade(port: page.port)
        for method in ["POST", "GET"] {
            let client = try RawClient(port: page.port)
            client.send("\(method) / HTTP/1.1\r\n\(page.host)\r\n\(framing)\r\n\r\n")
            let chunked = framing.contains("chunked")
            if chunked { client.send(String(smuggled.utf8.count, radix: 16) + "\r\n") }
            client.send(smuggled)
            client.send(RawClient.frame(Array(command.utf8)))
            if chunked { client.send("\r\n0\r\n\r\n" + smuggled) }
            client.send([UInt8](repeating: 0x20, count: 3_000_000))
            client.send(smuggled)
            let answer = client.readToEnd()
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count <= 2, "\(answer)")
            #expect(!answer.contains("101 Switching"))
        }
        // Had a command got through, it would be there before that of a real viewer.
        let viewer = try RawClient.viewer(port: page.port)
        viewer.send(RawClient.frame(Array("mine".utf8)))
        try wait(for: "a command has come") { !page.commands.isEmpty }
        #expect(page.commands == ["mine"])
        viewer.close()
        try wait(for: "no viewer is left") { page.broadcast.viewerCount == 0 }
    }

    @Test func aBodyIsRefused() throws {
        #expect(try page.status("GET", "/", page.host, "Content-Length: 5") == 400)
        #expect(try page.status("GET", "/", page.host, "Transfer-Encoding: chunked") == 400)
        #expect(try page.status("POST", "/", page.host, "Content-Length: 5") == 405)
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}", "GET / HTTP/9.9\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ])
    func whatIsNoRequestIsRefused(text: String) throws {
        let answer = try page.answer(to: text)
        #expect(answer.hasPrefix("HTTP/1.1 400 ") || answer.hasPrefix("HTTP/1.1 405 "), "\(answer.prefix(80))")
    }
}
