import Dashboard
import Foundation
import Imaging
import TestSupport
import Testing
import Wire

/// Random and mutilated input for everything that reads what browsers send; the seeds are fixed.
@Suite("Fuzzed input of the page")
struct FuzzTests {
    private static let commands = [
        #"{"command":"mark","label":"ISO 100 nM"}"#,
        #"{"command":"mark","label":"x","series_id":"7f0c","frame":4711}"#,
        #"{"command":"arm","rule":"wave"}"#, #"{"command":"disarm","rule":"large-spark"}"#,
        #"{"command":"draw","name":"left end","rectangle_px":[0,10,64,90]}"#,
        #"{"command":"draw","name":"nucleus","polygon_px":[[0,10],[64,10.5],[32,90]]}"#,
        #"{"command":"erase","name":"nucleus"}"#,
        #"{"command":"correct","action":"reject","event_id":"7f0c12ab93de-000012"}"#,
        #"{"command":"correct","action":"retype","event_id":"7f0c12ab93de-000012","event_type":"puff"}"#,
    ].map { Array($0.utf8) }

    /// Bytes that mean something to JSON, HTTP or WebSockets.
    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", "\"", "\\", "\\u0000", "\\ud800", ",", ":", "null", "-", "1e999", "9223372036854775808",
            "\r\n", "\r\n\r\n", " ", "\t", "HTTP/1.1", "Host:", "Origin:", "Content-Length: 9", "chunked", "GET ",
            "/live",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0x7F], [0xED, 0xA0, 0x80], [0x81, 0xFF], [0x88, 0x80]]

    /// Bytes are changed, taken out, doubled, and replaced by pieces of others, up to eight times.
    private func mutilated(_ input: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = input
        for _ in 0...Int.random(in: 0..<8, using: &generator) {
            let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &generator))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &generator) ?? [])
            default: bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: place)
            }
        }
        return bytes
    }

    @Test func commandsAreWellFormedOrNone() throws {
        var generator = SeededGenerator(seed: 21)
        var accepted = 0
        for number in 0..<100_000 {
            let input = mutilated(Self.commands[number % Self.commands.count], &generator)
            switch ViewerCommand(Data(input)) {
            case .mark(let label, _):
                accepted += 1
                #expect(MarkMessage.label(label) == label)
            case .arm(let arming):
                accepted += 1
                #expect((1...256).contains(arming.rule.utf8.count))
            case .draw(.draw(let region)):
                accepted += 1
                #expect(DrawnRegion.plainName(region.name) == region.name && (3...100).contains(region.corners.count))
                #expect(region.corners.allSatisfy { (0...65_536).contains($0.y) && (0...65_536).contains($0.x) })
            case .draw(.remove(let name)):
                accepted += 1
                #expect(DrawnRegion.plainName(name) == name)
            case .correct(let correction):
                accepted += 1
                #expect((1...64).contains(correction.eventID.utf8.count))
            case nil: break
            }
        }
        // Neither everything nor nothing.
        #expect((1000..<90_000).contains(accepted), "\(accepted)")
    }

    @Test func deepNestingIsNoCommand() {
        for opening in ["[", #"{"command":"#, #"{"a":["#] {
            let text = String(repeating: opening, count: 4096 / opening.utf8.count)
            #expect(ViewerCommand(Data(text.utf8)) == nil)
        }
    }

    /// Every connection is answered or closed, and the page is served as before.
    @Test func theServerOutlivesEveryRequestAndFrame() throws {
        let page = try ServedPage { $0.headSeconds = 0.05 }
        defer { page.stop() }
        var generator = SeededGenerator(seed: 22)
        let requests = [
            RawClient.upgrade(port: page.port), "GET /main.js?token=x HTTP/1.1\r\n\(page.host)\r\nAccept: */*\r\n\r\n",
        ].map { Array($0.utf8) }
        let frames =
            Self.commands.map { RawClient.frame($0) } + [RawClient.frame(opcode: 9, [1, 2]), [0x81, 0xFE, 16, 0]]
        for number in 0..<1500 {
            let client: RawClient
            if number.isMultiple(of: 3) {
                client = try RawClient.viewer(port: page.port)
                client.send(mutilated(frames[number / 3 % frames.count], &generator))
                client.send(RawClient.frame(opcode: 8, []))
                client.reset()
            } else {
                client = try RawClient(port: page.port)
                client.send(mutilated(requests[number % 2], &generator))
                // A request that is still right becomes a viewer, who would listen for long.
                client.send(RawClient.frame(opcode: 8, []))
                let answer = client.readToEnd()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 "), "\(answer.prefix(80))")
            }
        }
        #expect(try page.status("GET", "/", page.host) == 200)
        try wait(for: "no viewer is left") { page.broadcast.viewerCount == 0 }
    }
}
