import CZeroMQ

/// A public key of CurveZMQ: 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32).
package struct CurveKey: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package static let characterCount = 40
    static let byteCount = 32

    /// Nil unless the text is a key.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.characterCount, Self.bytes(of: String(text)) != nil else { return nil }
        self.text = String(text)
    }

    /// - Precondition: there are 32 bytes.
    init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a key has 32 bytes")
        var characters = [CChar](repeating: 0, count: Self.characterCount + 1)
        zmq_z85_encode(&characters, bytes, bytes.count)
        text = String(decoding: characters.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package var description: String { text }

    /// The bytes of a key in Z85; nil if it is none.
    static func bytes(of text: String) -> [UInt8]? {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        return zmq_z85_decode(&bytes, text) == nil ? nil : bytes
    }
}

/// A key pair of CurveZMQ; its secret half is written nowhere but to its file.
package struct KeyPair: Sendable, Equatable, CustomStringConvertible {
    package let publicKey: CurveKey
    /// In Z85.
    let secretText: String

    /// Nil unless both halves are keys that belong together.
    init?(publicText: String?, secretText: String) {
        var derived = [CChar](repeating: 0, count: CurveKey.characterCount + 1)
        guard CurveKey(secretText) != nil, zmq_curve_public(&derived, secretText) == 0,
            let key = CurveKey(String(decoding: derived.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)),
            publicText == nil || publicText == key.text
        else { return nil }
        publicKey = key
        self.secretText = secretText
    }

    /// A new pair, from the system's source of random numbers.
    ///
    /// - Throws: ``StreamError`` if libzmq was built without CURVE.
    package static func make() throws(StreamError) -> KeyPair {
        var (publicText, secretText) = ([CChar](repeating: 0, count: 41), [CChar](repeating: 0, count: 41))
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else {
            throw StreamError.zeroMQ(doing: "make a key; libzmq has to be built with CURVE")
        }
        func text(_ characters: [CChar]) -> String {
            String(decoding: characters.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        guard let pair = KeyPair(publicText: text(publicText), secretText: text(secretText)) else {
            preconditionFailure("libzmq makes pairs whose halves belong together")
        }
        return pair
    }

    package var description: String { "key pair of \(publicKey)" }
}

/// Who has to have a key on a socket.
package enum SocketSecurity: Sendable, Equatable {
    /// Nobody.
    case none
    /// The socket listens, and lets in whom the context's ``Authenticator`` knows.
    case server(KeyPair)
    /// The socket connects, to a server with this public key alone.
    case client(KeyPair, server: CurveKey)

    func apply(to socket: UnsafeMutableRawPointer) throws(StreamError) {
        switch self {
        case .none: return
        case .server(let pair):
            var isServer: Int32 = 1
            let domain = "sparkwatch"
            // With a domain libzmq asks the authenticator, and takes no peers of protocol versions without keys.
            guard zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &isServer, MemoryLayout<Int32>.size) == 0,
                zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, domain.utf8.count) == 0
            else { throw StreamError.zeroMQ(doing: "ask for keys") }
            try Self.set(ZMQ_CURVE_SECRETKEY, pair.secretText, on: socket)
        case .client(let pair, let server):
            try Self.set(ZMQ_CURVE_SERVERKEY, server.text, on: socket)
            try Self.set(ZMQ_CURVE_PUBLICKEY, pair.publicKey.text, on: socket)
            try Self.set(ZMQ_CURVE_SECRETKEY, pair.secretText, on: socket)
        }
    }

    private static func set(_ option: Int32, _ key: String, on socket: UnsafeMutableRawPointer) throws(StreamError) {
        // Text with its end, which libzmq counts.
        guard zmq_setsockopt(socket, option, key, key.utf8.count + 1) == 0 else {
            throw StreamError.zeroMQ(doing: "set a key")
        }
    }
}
