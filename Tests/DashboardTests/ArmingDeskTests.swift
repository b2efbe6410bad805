import Dashboard
import Foundation
import Testing

@Suite struct ArmingDeskTests {
    func taken(_ commands: String...) -> [TriggerArming] {
        let desk = ArmingDesk()
        for command in commands { desk.take(Data(command.utf8)) }
        return desk.takeAll()
    }

    @Test func commandsAreKeptInOrder() {
        let wishes = taken(#"{"command":"disarm","rule":"wave"}"#, #"{"command":"arm","rule":"wave"}"#)
        #expect(
            wishes == [TriggerArming(rule: "wave", isArmed: false), TriggerArming(rule: "wave", isArmed: true)]
        )
    }

    @Test func wishesAreGivenOutOnce() {
        let desk = ArmingDesk()
        desk.take(Data(#"{"command":"arm","rule":"a"}"#.utf8))
        #expect(desk.takeAll().count == 1)
        #expect(desk.takeAll().isEmpty)
    }

    @Test func othersAreIgnored() {
        let longest = String(repeating: "x", count: 257)
        #expect(
            taken(
                #"{"command":"mark","label":"ISO"}"#,
                #"{"command":"arm"}"#,
                #"{"command":"arm","rule":""}"#,
                #"{"command":"fire","rule":"wave"}"#,
                #"{"command":"arm","rule":7}"#,
                "no JSON",
                #"{"command":"arm","rule":"\#(longest)"}"#
            ).isEmpty
        )
    }

    @Test func aFloodIsBounded() {
        let desk = ArmingDesk()
        for _ in 0..<1000 { desk.take(Data(#"{"command":"arm","rule":"a"}"#.utf8)) }
        #expect(desk.takeAll().count == 100)
    }
}
