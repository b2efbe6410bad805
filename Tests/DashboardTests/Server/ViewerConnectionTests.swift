import Dashboard
import Foundation
import Session
import Testing

/// What viewers may cost, and how their places are given back.
@Suite("Connections of viewers")
struct ViewerConnectionTests {
    @Test func commandsComeInAndMessagesGoOut() throws {
        let page = try ServedPage()
        defer { page.stop() }
        page.broadcast.send([(Data("past".utf8), .chronicle)])
        let viewer = try RawClient.viewer(port: page.port)
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 1, content: Array("past".utf8)))
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 1, content: Array(#"{"page":"now"}"#.utf8)))
        viewer.send(RawClient.frame(Array("whole".utf8)))
        viewer.send(RawClient.frame(isLast: false, Array("in ".utf8)))
        viewer.send(RawClient.frame(opcode: 9, Array("still there?".utf8)))
        viewer.send(RawClient.frame(opcode: 0, isLast: false, Array("three ".utf8)))
        viewer.send(RawClient.frame(opcode: 0, Array("pieces".utf8)))
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 10, content: Array("still there?".utf8)))
        try wait(for: "both commands have come") { page.commands.count == 2 }
        #expect(page.commands == ["whole", "in three pieces"])
        page.broadcast.send(image: Data(repeating: 7, count: 100_000))
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 2, content: [UInt8](repeating: 7, count: 100_000)))
        viewer.send(RawClient.frame(opcode: 8, [3, 232]))
        #expect(viewer.readCloseCode() == 1000)
        #expect(viewer.readToEnd().isEmpty)
        #expect(page.broadcast.viewerCount == 0)
    }

    @Test func viewersAreToldTheEnd() throws {
        let page = try ServedPage()
        let viewer = try RawClient.viewer(port: page.port)
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 1, content: Array(#"{"page":"now"}"#.utf8)))
        page.broadcast.send([(Data("last".utf8), .none)])
        page.broadcast.end()
        #expect(try RawClient.viewer(port: page.port).readCloseCode() == 1001)
        page.stop()
        #expect(try viewer.readFrame() == RawClient.Frame(opcode: 1, content: Array("last".utf8)))
        #expect(viewer.readCloseCode() == 1001)
        #expect(throws: (any Error).self) { try RawClient(port: page.port) }
    }

    /// 1.5 GB are announced, and sent until nobody takes them any more.
    @Test func aHugeFrameIsRefusedBeforeItIsRead() throws {
        let page = try ServedPage()
        defer { page.stop() }
        let piece = [UInt8](repeating: 0x20, count: 1 << 20)
        for length in [4097, 1 << 16, 1_500_000_000, Int.max] {
            let viewer = try RawClient.viewer(port: page.port)
            viewer.send(RawClient.frame(length: length, []))
            #expect(viewer.readCloseCode() == 1009)
            #expect((0..<1500).prefix { _ in viewer.send(piece) }.count < 100)
        }
        let viewer = try RawClient.viewer(port: page.port)
        viewer.send(RawClient.frame([UInt8](repeating: 0x20, count: 4096)))
        try wait(for: "the largest command has come") { page.commands.map(\.utf8.count) == [4096] }
    }

    @Test func aHugeMessageInPiecesIsRefused() throws {
        let page = try ServedPage()
        defer { page.stop() }
        let large = [UInt8](repeating: 0x20, count: 2000)
        let viewer = try RawClient.viewer(port: page.port)
        viewer.send(RawClient.frame(isLast: false, large))
        for _ in 0..<2 { viewer.send(RawClient.frame(opcode: 0, isLast: false, large)) }
        #expect(viewer.readCloseCode() == 1009)
        let other = try RawClient.viewer(port: page.port)
        other.send(RawClient.frame(isLast: false, [0x20]))
        for _ in 0..<16 { other.send(RawClient.frame(opcode: 0, isLast: false, [0x20])) }
        #expect(other.readCloseCode() == 1009)
        #expect(page.commands.isEmpty)
    }

    @Test(arguments: [
        RawClient.frame(isMasked: false, Array("x".utf8)), RawClient.frame(opcode: 0, Array("x".utf8)),
        RawClient.frame(opcode: 9, isLast: false, []), RawClient.frame(opcode: 9, [UInt8](repeating: 0, count: 126)),
        [0xC1, 0x81, 0, 0, 0, 0, 0x20], RawClient.frame(isLast: false, [0x20]) + RawClient.frame([0x20]),
    ])
    func whatBreaksTheProtocolEndsTheConnection(frame: [UInt8]) throws {
        let page = try ServedPage()
        defer { page.stop() }
        let viewer = try RawClient.viewer(port: page.port)
        viewer.send(frame)
        #expect(viewer.readCloseCode() == 1002)
        try wait(for: "its place is free") { page.broadcast.viewerCount == 0 }
    }

    @Test func binaryAndUnknownFramesAreRefused() throws {
        let page = try ServedPage()
        defer { page.stop() }
        for opcode: UInt8 in [2, 3, 7, 11, 15] {
            let viewer = try RawClient.viewer(port: page.port)
            viewer.send(RawClient.frame(opcode: opcode, [1]))
            #expect(viewer.readCloseCode() == 1003, "\(opcode)")
        }
        #expect(page.commands.isEmpty)
    }

    @Test func aFloodOfFramesIsCutOff() throws {
        let page = try ServedPage { $0.framesPerSecond = 5 }
        defer { page.stop() }
        let viewer = try RawClient.viewer(port: page.port)
        viewer.send((0..<500).flatMap { _ in RawClient.frame(Array("x".utf8)) })
        #expect(viewer.readCloseCode() == 1008)
        #expect((5..<500).contains(page.commands.count))
    }

    @Test func oneTooManyIsToldSo() throws {
        let page = try ServedPage { $0.viewers = 2 }
        defer { page.stop() }
        let viewers = try (0..<2).map { _ in try RawClient.viewer(port: page.port) }
        #expect(try RawClient.viewer(port: page.port).readCloseCode() == 1013)
        viewers[0].close()
        try wait(for: "its place is free") { page.broadcast.viewerCount == 1 }
        #expect(try RawClient.viewer(port: page.port).readFrame().opcode == 1)
        viewers[1].close()
        #expect(page.notices.drain().map(\.code) == ["page_refused"])
    }

    /// Connections that break at every moment of a viewer's life; every one of them had cost a place.
    @Test func placesOfViewersThatVanishAreGivenBack() throws {
        let page = try ServedPage { $0.viewers = 4 }
        defer { page.stop() }
        for number in 0..<1500 {
            let client = try RawClient(port: page.port)
            let request = Array(RawClient.upgrade(port: page.port).utf8)
            switch number % 5 {
            case 0: break
            case 1: client.send(Array(request.prefix(number % request.count)))
            case 2: client.send(request)
            case 3:
                client.send(request)
                _ = try? client.readHead()
            default:
                client.send(request)
                _ = try? client.readFrame()
                client.send(RawClient.frame(length: 100, [0x20]))
            }
            client.reset()
        }
        try wait(for: "all places are free") { page.broadcast.viewerCount == 0 }
        let viewers = try (0..<4).map { _ in try RawClient.viewer(port: page.port) }
        for viewer in viewers { #expect(try viewer.readFrame().opcode == 1) }
        #expect(page.broadcast.viewerCount == 4)
    }

    @Test func whoAnswersNothingLosesThePlace() throws {
        let page = try ServedPage {
            $0.pingSeconds = 0.05
            $0.silenceSeconds = 0.5
        }
        defer { page.stop() }
        let silent = try RawClient.viewer(port: page.port)
        let alive = try RawClient.viewer(port: page.port)
        var pings = 0
        while pings < 30 {
            guard try alive.readFrame().opcode == 9 else { continue }
            pings += 1
            alive.send(RawClient.frame(opcode: 10, []))
        }
        #expect(page.broadcast.viewerCount == 1)
        #expect(silent.readCloseCode() == nil)
    }

    /// Sends pongs, so that it seems to be alive, but takes nothing.
    @Test func whoTakesNothingLosesThePlace() throws {
        let page = try ServedPage {
            $0.pingSeconds = 0.05
            $0.silenceSeconds = 0.5
            $0.sendBufferBytes = 8192
        }
        defer { page.stop() }
        let viewer = try RawClient()
        viewer.shrinkReceiveBuffer()
        try viewer.connect(to: page.port)
        viewer.send(RawClient.upgrade(port: page.port))
        try wait(for: "it is a viewer") { page.broadcast.viewerCount == 1 }
        try wait(for: "its place is free") {
            page.broadcast.send(image: Data(count: 1 << 18))
            viewer.send(RawClient.frame(opcode: 10, []))
            return page.broadcast.viewerCount == 0
        }
    }
}
