import ArgumentParser
import ZeroMQ

/// With which keys a player sends.
struct SenderKeyOptions: ParsableArguments {
    @Option(
        help: "Folder with keys as `sparkwatch keys` makes them: send only to subscribers whose key is allowed there."
    )
    var keys: String?

    @Option(help: "File with the secret key to connect with, NAME.key_secret.")
    var key: String?

    @Option(help: "File with the public key of the detector to connect to, sparkwatch.key.")
    var serverKey: String?

    func validate() throws {
        if (key == nil) != (serverKey == nil) { throw ValidationError("--key and --server-key go together.") }
    }

    var folder: KeyFolder? { keys.map { KeyFolder(path: $0) } }

    /// - Throws: ``KeyError`` if the keys cannot be used.
    var security: SocketSecurity {
        get throws {
            if let folder { return .server(try folder.ownPair()) }
            guard let key, let serverKey else { return .none }
            return .client(try KeyFile.pair(at: key), server: try KeyFile.publicKey(at: serverKey))
        }
    }
}
