import Actions
import Foundation
import Journal
import Samples
import Triggers
import Wire
import ZeroMQ

extension FuzzTarget {
    /// What other programs ask of a run.
    static let requests = [
        FuzzTarget(name: "catch-up", largestByteCount: 1024) { bytes in
            let answer = catchUp.answer(to: String(decoding: bytes, as: UTF8.self))
            precondition(isObject(answer[0]), "every answer begins with an object")
        },
        FuzzTarget(name: "trigger-control", largestByteCount: 512) { bytes in
            let answer = TriggerControl.answer(to: String(decoding: bytes, as: UTF8.self), system)
            precondition(isObject(Array(answer.utf8)), "every answer is an object")
        },
        FuzzTarget(name: "mark", largestByteCount: 1024) { bytes in
            let answer = MarkListener.answer(to: String(decoding: bytes, as: UTF8.self)) { label in
                precondition(MarkMessage.label(label) == label, "a label was checked")
                return MarkMessage(seriesID: nil, frame: nil, label: label, origin: .request)
            }
            precondition(isObject(Array(answer.utf8)), "every answer is an object")
        },
    ]

    private static let catchUp: CatchUp = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sparkwatch-fuzz-\(getpid())-journals")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for name in ["sparkwatch-20261130-161500", "sparkwatch-20261130-171500"] {
                var journal = try Journal(path: folder.appending(path: "\(name).jsonl").path)
                var sequencer = MessageSequencer()
                let publication = Publication(nanoseconds: 1_763_822_907_000_000_000)
                let messages = EventSamples.everyKind
                try journal.append(messages.map { try sequencer.line(for: $0, publication: publication).json })
            }
        } catch {
            preconditionFailure("journals can be written: \(error)")
        }
        return CatchUp(folder: folder.path)
    }()

    private static let system: TriggerSystem = {
        let rules = #"{rules: [{name: "wave", class: "wave"}, {name: "large-spark", class: "spark"}]}"#
        do {
            return try TriggerSystem(
                try TriggerRules(Data(rules.utf8), path: "rules"),
                isDryRun: true,
                context: try ZeroMQContext()
            ) { _ in }
        } catch {
            preconditionFailure("these rules are right: \(error)")
        }
    }()

    private static func isObject(_ json: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(json))) is [String: Any]
    }
}
