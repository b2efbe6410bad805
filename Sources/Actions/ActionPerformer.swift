import Foundation
import Imaging
import Triggers
import Wire
import ZeroMQ

/// Carries out an action, one trigger after another; stays on one thread.
struct ActionPerformer {
    private let action: TriggerAction
    private let channel: RequestChannel?
    private let line: SerialLine?
    private var pulse: (endMilliseconds: Double, reset: String)?

    init(_ action: TriggerAction, security: SocketSecurity, context: ZeroMQContext) {
        self.action = action
        channel =
            switch action {
            case .request(let endpoint, _, let retries), .openEphys(let endpoint, _, _, let retries):
                RequestChannel(endpoint: endpoint, security: security, retries: retries, context: context)
            case .http, .serial, .command: nil
            }
        line =
            if case .serial(let device, let baud, _, _, let retries) = action {
                SerialLine(device: device, baud: baud, retries: retries)
            } else {
                nil
            }
    }

    mutating func perform(_ trigger: TriggerMessage) -> ActionResult {
        let json: String
        do {
            json = String(decoding: try PlainJSON.encode(trigger), as: UTF8.self)
        } catch {
            return ActionResult(isAcknowledged: false, attempts: 0, detail: "\(error)")
        }
        switch action {
        case .request:
            return channel?.request(json) ?? ActionResult(isAcknowledged: false, attempts: 0, detail: "no channel")
        case .openEphys(_, let line, let pulse, _):
            self.pulse = (pulse, "TTL Line=\(line) State=0")
            return channel?.request("TTL Line=\(line) State=1")
                ?? ActionResult(isAcknowledged: false, attempts: 0, detail: "no channel")
        case .http(let url, let retries):
            return HTTPPost(url: url, retries: retries).send(json, id: trigger.triggerID)
        case .serial(_, _, let text, let expected, _):
            return line?.send(text, expecting: expected)
                ?? ActionResult(isAcknowledged: false, attempts: 0, detail: "no line")
        case .command(let program, let arguments, let timeout):
            return CommandRun(program: program, arguments: arguments, timeoutMilliseconds: timeout).run(json)
        }
    }

    /// Does what follows behind the acknowledgement: ends the pulse of a TTL line.
    ///
    /// - Returns: what went wrong; nil if nothing did, or there was nothing to do.
    mutating func finish() -> ActionResult? {
        guard let pulse else { return nil }
        self.pulse = nil
        Thread.sleep(forTimeInterval: pulse.endMilliseconds / 1000)
        guard var result = channel?.request(pulse.reset), !result.isAcknowledged else { return nil }
        result.detail = "the line may still be high: '\(pulse.reset)' was not acknowledged, \(result.detail)"
        return result
    }
}

extension TriggerAction {
    /// With which keys the action connects.
    ///
    /// - Throws: `KeyError` if they cannot be used.
    var security: SocketSecurity {
        get throws {
            guard case .request(_, let keys?, _) = self else { return .none }
            return .client(try KeyFile.pair(at: keys.secret), server: try KeyFile.publicKey(at: keys.server))
        }
    }
}
