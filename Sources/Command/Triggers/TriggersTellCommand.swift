import ArgumentParser
import Foundation
import ZeroMQ

/// `sparkwatch triggers tell`: arms and disarms the rules of a running detector.
struct TriggersTellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tell",
        abstract: "Arms, disarms or asks the trigger rules of a running detector.",
        discussion: "Sends a command to the endpoint that `sparkwatch live --trigger-control` listens on."
    )

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case arm
        case disarm
        case status
    }

    @Argument(help: "arm, disarm or status.")
    var action: Action

    @Argument(help: "Name of a rule; default: all rules.")
    var rule: String?

    @Option(help: "ZeroMQ endpoint of the running detector.")
    var control = "tcp://127.0.0.1:5558"

    @OptionGroup var keys: ClientKeyOptions

    private static let timeoutMilliseconds = 2000

    func run() throws {
        var options = ZeroMQSocketOptions()
        options.receiveTimeoutMilliseconds = Self.timeoutMilliseconds
        options.sendTimeoutMilliseconds = Self.timeoutMilliseconds
        options.security = try keys.security
        let context = try ZeroMQContext()
        let socket = try ZeroMQSocket(.request, in: context, options: options)
        try socket.connect(to: control)
        try socket.send(([action.rawValue, rule].compactMap(\.self)).joined(separator: " "))
        var answer = ZeroMQMessage()
        guard try socket.receive(into: &answer) else {
            throw ValidationError(
                "Nobody answers on \(control), or not to this key. Is `sparkwatch live --triggers RULES --trigger-control \(control)` running?"
            )
        }
        print(answer.text(ofPart: 0))
    }
}
