import Dashboard
import Foundation
import Testing

/// Who may see the page: names, origins and tokens, here and beyond this computer.
@Suite("Access to the page")
struct AccessTests {
    private func rule(token: String? = nil, publicOrigin: String? = nil) -> AccessRule {
        AccessRule(token: token, publicOrigin: publicOrigin.flatMap(PublicOrigin.init), hostName: "Rig7")
    }

    @Test func theNamesAreThoseOfTheAddressThatWasReached() {
        let rule = rule(token: "s0me8letters")
        #expect(rule.isOurs(host: "192.0.2.5:8777", reachedAt: "192.0.2.5", port: 8777))
        #expect(rule.isOurs(host: "rig7:8777", reachedAt: "192.0.2.5", port: 8777))
        #expect(rule.isOurs(host: "192.0.2.5:8777", reachedAt: "::ffff:192.0.2.5", port: 8777))
        #expect(rule.isOurs(host: "[2001:db8::5]:8777", reachedAt: "2001:db8::5", port: 8777))
        #expect(rule.isOurs(host: "[::1]:8777", reachedAt: "::1", port: 8777))
        for host in ["127.0.0.1:8777", "localhost:8777", "192.0.2.6:8777", "evil.example:8777", "192.0.2.5"] {
            #expect(!rule.isOurs(host: host, reachedAt: "192.0.2.5", port: 8777), "\(host)")
        }
        #expect(!rule.isOurs(host: "rig7:8777", reachedAt: "127.0.0.1", port: 8777))
    }

    @Test func browsersLeaveOutTheUsualPort() {
        #expect(rule().isOurs(host: "localhost", reachedAt: "127.0.0.1", port: 80))
        #expect(rule().isOurs(origin: "http://localhost", host: "localhost", reachedAt: "127.0.0.1", port: 80))
        #expect(!rule().isOurs(host: "localhost", reachedAt: "127.0.0.1", port: 8777))
    }

    @Test func aProxyHasOneOrigin() {
        let rule = rule(token: "s0me8letters", publicOrigin: "https://Rig.Example")
        #expect(rule.isOurs(host: "rig.example", reachedAt: "127.0.0.1", port: 8777))
        #expect(rule.isOurs(host: "127.0.0.1:8777", reachedAt: "127.0.0.1", port: 8777))
        for (origin, host, isOurs) in [
            ("https://rig.example", "rig.example", true), ("https://rig.example", "127.0.0.1:8777", true),
            ("http://127.0.0.1:8777", "127.0.0.1:8777", true), ("http://rig.example", "rig.example", false),
            ("https://rig.example:8443", "rig.example", false), ("https://evil.example", "rig.example", false),
        ] {
            let found = rule.isOurs(origin: origin, host: host, reachedAt: "127.0.0.1", port: 8777)
            #expect(found == isOurs, "\(origin) at \(host)")
        }
    }

    @Test(arguments: [
        "rig.example", "ftp://rig.example", "https://", "https://rig.example/", "https://rig.example:443",
        "https://a b", "http://rig.example:80", "https://user@rig.example", "https://:8443", "https://rig.example:",
    ])
    func otherTextsAreNoOrigins(text: String) {
        #expect(PublicOrigin(text) == nil)
    }

    @Test func theTokenHasToBeThereOnceAndWhole() {
        let rule = rule(token: "s0me8letters")
        for query in ["token=s0me8letters", "a=b&token=s0me8letters", "token=s0me8letters&a=b"] {
            #expect(rule.hasToken(inQuery: query[...]), "\(query)")
        }
        for query in [
            "", "token=", "token", "token=s0me8letter", "token=s0me8letterss", "token=s0me8letterz",
            "Token=s0me8letters", "xtoken=s0me8letters", "token=wrong&token=s0me8letters",
            "token=s0me8letters&token=s0me8letters",
            "token=s0me8letters%00", "token=s0me8letters#",
        ] { #expect(!rule.hasToken(inQuery: query[...]), "\(query)") }
    }

    @Test func beyondThisComputerTheTokenIsAskedFor() throws {
        for (address, publicOrigin) in [("0.0.0.0", nil), ("127.0.0.1", "https://rig.example")] {
            let configuration = DashboardConfiguration(
                address: address,
                publicOrigin: publicOrigin.flatMap(PublicOrigin.init),
                pageFolder: ServedPage.folder
            )
            #expect(configuration.token?.count == 24)
            let page = try ServedPage(address: address, token: "s0me8letters", publicOrigin: publicOrigin)
            defer { page.stop() }
            #expect(try page.status("GET", "/", page.host) == 403)
            #expect(try page.status("GET", "/index.html", page.host) == 403)
            #expect(try page.status("GET", "/?token=s0me8letterz", page.host) == 403)
            #expect(try page.status("GET", "/?token=s0me8letters", page.host) == 200)
            #expect(try page.status("GET", "/?token=s0me8letters", "Host: evil.example") == 403)
            let refused = try page.answer(to: RawClient.upgrade(port: page.port))
            #expect(refused.hasPrefix("HTTP/1.1 403 "))
            let viewer = try RawClient(port: page.port)
            viewer.send(RawClient.upgrade(port: page.port, query: "?token=s0me8letters"))
            #expect(try viewer.readHead().hasPrefix("HTTP/1.1 101 "))
        }
    }

    @Test(arguments: ["127.0.0.1", "127.3.2.1", "::1"])
    func onThisComputerNoneIsNeeded(address: String) {
        #expect(DashboardConfiguration(address: address, pageFolder: ServedPage.folder).token == nil)
    }

    @Test(arguments: ["127.evil.example", "0.0.0.0", "::", "192.0.2.5", "128.0.0.1", "fe80::1"])
    func anywhereElseOneIsMadeUp(address: String) {
        let tokens = (0..<2).map { _ in DashboardConfiguration(address: address, pageFolder: ServedPage.folder).token }
        #expect(tokens[0]?.count == 24 && tokens[0] != tokens[1])
    }
}
