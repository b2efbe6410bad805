import Dashboard
import Foundation
import Imaging
import Synchronization
import Testing
import Wire

@Suite struct ViewerCommandTests {
    func command(_ json: String) -> ViewerCommand? { ViewerCommand(Data(json.utf8)) }

    @Test func marksHaveALabelWithoutBlanksAroundIt() {
        #expect(command(#"{"command":"mark","label":"  ISO 100 nM "}"#) == .mark(label: "ISO 100 nM", at: nil))
        let place = MarkPlace(seriesID: "7f0c", frame: 47)
        let placed = #"{"command":"mark","label":"x","series_id":"7f0c","frame":47}"#
        #expect(command(placed) == .mark(label: "x", at: place))
    }

    @Test func rulesAreArmedAndDisarmed() {
        #expect(command(#"{"command":"arm","rule":"wave"}"#) == .arm(TriggerArming(rule: "wave", isArmed: true)))
        #expect(command(#"{"command":"disarm","rule":"wave"}"#) == .arm(TriggerArming(rule: "wave", isArmed: false)))
    }

    @Test func regionsAreDrawnAndErased() throws {
        let box = try DrawnRegion(name: "left end", rectangle: [0, 10, 64, 90.5], polygon: nil)
        let drawn = #"{"command":"draw","name":" left end","rectangle_px":[0,10,64,90.5]}"#
        #expect(command(drawn) == .draw(.draw(box)))
        let triangle = try DrawnRegion(name: "t", rectangle: nil, polygon: [[0, 0], [0, 9], [9, 0]])
        #expect(command(#"{"command":"draw","name":"t","polygon_px":[[0,0],[0,9],[9,0]]}"#) == .draw(.draw(triangle)))
        #expect(command(#"{"command":"erase","name":"t"}"#) == .draw(.remove(name: "t")))
    }

    @Test func eventsAreRejectedRetypedAndRestored() {
        let id = "7f0c12ab93de-000012"
        func correct(_ action: String, _ more: String = "") -> ViewerCommand? {
            command(#"{"command":"correct","action":"\#(action)","event_id":"\#(id)"\#(more)}"#)
        }
        #expect(correct("reject") == .correct(EventCorrection(.reject, of: id)))
        #expect(correct("restore") == .correct(EventCorrection(.restore, of: id)))
        #expect(correct("retype", #","event_type":"puff""#) == .correct(EventCorrection(.retype(.puff), of: id)))
    }

    @Test(arguments: [
        #"{"command":"correct","event_id":"a-1"}"#, #"{"command":"correct","action":"reject"}"#,
        #"{"command":"correct","action":"reject","event_id":""}"#,
        #"{"command":"correct","action":"erase","event_id":"a-1"}"#,
        #"{"command":"correct","action":"retype","event_id":"a-1"}"#,
        #"{"command":"correct","action":"retype","event_id":"a-1","event_type":"undefined"}"#,
        #"{"command":"correct","action":"reject","event_id":"\#(String(repeating: "x", count: 65))"}"#,
        #"{"command":"mark","label":""}"#, #"{"command":"mark"}"#, #"{"command":"erase","label":"x"}"#,
        #"{"command":"arm"}"#, #"{"command":"arm","rule":""}"#, #"{"command":"fire","rule":"wave"}"#,
        #"{"command":"arm","rule":7}"#, "no JSON",
        #"{"command":"draw","rectangle_px":[0,0,1,1]}"#, #"{"command":"draw","name":"x"}"#, #"{"command":"erase"}"#,
        #"{"command":"draw","name":"x","rectangle_px":[0,0,0,1]}"#,
        #"{"command":"draw","name":"x","polygon_px":[[0,0]]}"#,
        #"{"command":"draw","name":"x","rectangle_px":[0,0,1,1],"polygon_px":[[0,0],[0,9],[9,0]]}"#,
        #"{"command":"arm","rule":"\#(String(repeating: "x", count: 257))"}"#,
    ])
    func othersAreNone(json: String) {
        #expect(command(json) == nil)
    }

    @Test func marksThatWaitAreReportedOnceAndInOrder() {
        let desk = MarkDesk()
        let reported = Mutex<[String]>([])
        for number in 1...3 { _ = desk.mark("\(number)", origin: .page) }
        desk.report { mark in reported.withLock { $0.append(mark.label) } }
        _ = desk.mark("4", origin: .request)
        #expect(reported.withLock { $0 } == ["1", "2", "3", "4"])
    }

    @Test func aFloodThatNobodyTakesIsBounded() {
        let desk = MarkDesk()
        let reported = Mutex<[String]>([])
        for number in 0..<1000 { _ = desk.mark("\(number)", origin: .page) }
        desk.report { mark in reported.withLock { $0.append(mark.label) } }
        #expect(reported.withLock { $0 } == (0..<100).map(String.init))
    }
}
