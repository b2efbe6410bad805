import ArgumentParser
import Foundation
import Live
import ZeroMQ

/// Options of `sparkwatch live` on who may connect, each also a key of the configuration file.
struct KeyOptions: ParsableArguments {
    @Option(
        help: """
            Folder with keys (see `sparkwatch keys`): who connects to events, marks, control or catch-up has to have one \
            that is allowed there.
            """
    )
    var keys: String?

    @Flag(inversion: .prefixedNo, help: "Take frames only from a sender with a key.")
    var requireKey = false

    @Option(help: "File with the public key of the microscope's program that --frames connects to.")
    var framesKey: String?

    @Flag(inversion: .prefixedNo, help: "Let other computers connect without a key.")
    var withoutKey = false

    func validate() throws {
        if keys == nil, requireKey || framesKey != nil {
            throw ValidationError(
                "--require-key and --frames-key need keys of this computer. Give their folder with --keys."
            )
        }
        if framesKey != nil, !requireKey {
            throw ValidationError("--frames-key goes with --require-key.")
        }
    }

    /// What is done about keys.
    ///
    /// - Parameters:
    ///   - listening: Endpoints that others connect to, by what they are for.
    ///   - listensForFrames: The endpoint that senders of frames connect to; nil if we connect to theirs.
    /// - Returns: Who has to have a key.
    /// - Throws: `ValidationError` if an endpoint can be reached from other computers without a key, `KeyError` if keys
    ///   cannot be used.
    func plan(listening: [(name: String, endpoint: String?)], listensForFrames: String?) throws -> KeyPlan {
        let folder = keys.map { KeyFolder(path: $0) }
        let pair = try folder?.ownPair()
        var plan = KeyPlan(folder: folder)
        if let pair { plan.security = .server(pair) }
        if let pair, requireKey {
            switch (listensForFrames, framesKey) {
            case (.some, nil): plan.framesSecurity = .server(pair)
            case (.some, .some):
                throw ValidationError("--frames-key is for frames that --frames connects to: leave it out.")
            case (nil, let path?): plan.framesSecurity = .client(pair, server: try KeyFile.publicKey(at: path))
            case (nil, nil):
                throw ValidationError(
                    "--require-key needs the microscope's public key. Give its file with --frames-key."
                )
            }
        }
        let unprotected =
            (pair == nil ? listening : []) + (plan.framesSecurity == .none ? [("frames", listensForFrames)] : [])
        plan.open = unprotected.compactMap { name, endpoint in
            endpoint.flatMap { ListeningEndpoint.isOfThisComputer($0) ? nil : "\(name) on \($0)" }
        }
        guard plan.open.isEmpty || withoutKey else {
            throw ValidationError(
                "Other computers can reach \(plan.open.joined(separator: ", ")) without a key. Make keys with "
                    + "`sparkwatch keys make` and give --keys (for frames also --require-key), listen on 127.0.0.1, "
                    + "or allow it with --without-key."
            )
        }
        return plan
    }
}

/// Who has to have a key in a run.
struct KeyPlan {
    let folder: KeyFolder?
    /// Of events, marks, control and catch-up.
    var security = SocketSecurity.none
    var framesSecurity = SocketSecurity.none
    /// What other computers can reach without a key, in words.
    var open: [String] = []

    /// The part that says who was turned away, and who need not have a key.
    func part(_ context: ZeroMQContext) -> ConnectionsPart {
        let keys = folder.map { "keys from \($0.url.path), \($0.allowed.count) clients allowed" }
        return ConnectionsPart(context: context, keys: keys, open: open)
    }
}
