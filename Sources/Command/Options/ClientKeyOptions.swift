import ArgumentParser
import ZeroMQ

/// With which key a command connects.
struct ClientKeyOptions: ParsableArguments {
    @Option(help: "File with the secret key to connect with, NAME.key_secret.")
    var key: String?

    @Option(help: "File with the public key of the other side, sparkwatch.key.")
    var serverKey: String?

    func validate() throws {
        if (key == nil) != (serverKey == nil) { throw ValidationError("--key and --server-key go together.") }
    }

    /// - Throws: `KeyError` if the keys cannot be used.
    var security: SocketSecurity {
        get throws {
            guard let key, let serverKey else { return .none }
            return .client(try KeyFile.pair(at: key), server: try KeyFile.publicKey(at: serverKey))
        }
    }
}
