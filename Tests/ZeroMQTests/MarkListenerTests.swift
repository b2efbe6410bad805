import Foundation
import Synchronization
import TestSupport
import Testing
import Wire
import ZeroMQ

/// Marks from programs, sent by pyzmq.
@Suite("Mark listener")
struct MarkListenerTests {
    private struct Reply: Decodable, Equatable {
        struct Mark: Decodable, Equatable {
            let label: String
            let frame: Int?
            let origin: String
        }

        let ok: Bool
        let mark: Mark?
        let error: String?
    }

    private static let client = """
        import json, sys, zmq
        socket = zmq.Context().socket(zmq.REQ)
        socket.connect(sys.argv[1])
        replies = []
        for request in json.loads(sys.argv[2]):
            socket.send_string(request)
            replies.append(socket.recv_json())
        print(json.dumps(replies))
        """

    @Test func labelsAreTakenAsTextAndAsJSONAndBadOnesAreRefusedInWords() throws {
        let labels = Mutex<[String]>([])
        let listener = try MarkListener(endpoint: "tcp://127.0.0.1:*", context: ZeroMQContext()) { label in
            labels.withLock { $0.append(label) }
            return MarkMessage(seriesID: "s", frame: 12, label: label, origin: .request)
        }
        let requests = [" ISO 100 nM ", #"{"mark": "washout"}"#, "", #"{"label": "x"}"#, "\u{7}", "{", "µ≥"]
        let arguments = [listener.endpoint, String(decoding: try JSONEncoder().encode(requests), as: UTF8.self)]
        let output = try Python.run(script: Self.client, arguments: arguments)
        let replies = try JSONDecoder().decode([Reply].self, from: output)
        #expect(replies.map(\.ok) == [true, true, false, false, false, false, true])
        #expect(replies[0].mark == Reply.Mark(label: "ISO 100 nM", frame: 12, origin: "request"))
        #expect(replies[2].error?.contains("80 characters") == true)
        #expect(labels.withLock { $0 } == ["ISO 100 nM", "washout", "µ≥"])
        listener.stop()
    }

    @Test func anEndpointInUseIsNamed() throws {
        let context = try ZeroMQContext()
        let set: @Sendable (String) -> MarkMessage = {
            MarkMessage(seriesID: nil, frame: nil, label: $0, origin: .request)
        }
        let first = try MarkListener(endpoint: "tcp://127.0.0.1:*", context: context, set: set)
        #expect(throws: StreamError.addressInUse(endpoint: first.endpoint)) {
            _ = try MarkListener(endpoint: first.endpoint, context: context, set: set)
        }
        first.stop()
    }
}
