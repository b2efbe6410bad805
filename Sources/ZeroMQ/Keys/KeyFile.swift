import Foundation

/// A file with a key, in the format of CZMQ and `zmq.auth` of pyzmq (ZPL).
///
///     metadata
///         name = "laptop"
///     curve
///         public-key = "..."
///         secret-key = "..."
package enum KeyFile {
    /// Endings of the names of files with the public half, and with both.
    package static let publicEnding = "key"
    package static let secretEnding = "key_secret"

    private static let largestByteCount = 16 << 10

    /// The public key in a file of either kind.
    ///
    /// - Throws: ``KeyError``.
    package static func publicKey(at path: String) throws(KeyError) -> CurveKey {
        let fields = try fields(of: path)
        guard let text = fields["public-key"], let key = CurveKey(text) else {
            throw .noKey(path: path, kind: "public")
        }
        return key
    }

    /// The key pair in a file that nobody else may read.
    ///
    /// - Throws: ``KeyError``.
    package static func pair(at path: String) throws(KeyError) -> KeyPair {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_mode & 0o077 == 0 else { throw .readableByOthers(path: path) }
        let fields = try fields(of: path)
        guard let secret = fields["secret-key"],
            let pair = KeyPair(publicText: fields["public-key"], secretText: secret)
        else { throw .noKey(path: path, kind: "secret") }
        return pair
    }

    /// Writes the public half of a key, to be given to others; never over a file that is there.
    static func write(_ key: CurveKey, name: String, to path: String) throws(KeyError) {
        try write(text(name: name, publicKey: key, secret: nil), to: path, mode: 0o644)
    }

    /// Writes both halves to a file for its owner alone; never over a file that is there.
    static func write(_ pair: KeyPair, name: String, to path: String) throws(KeyError) {
        try write(text(name: name, publicKey: pair.publicKey, secret: pair.secretText), to: path, mode: 0o600)
    }

    private static func text(name: String, publicKey: CurveKey, secret: String?) -> String {
        let introduction =
            secret == nil
            ? "#   ZeroMQ CURVE public certificate: to be given to others."
            : "#   ZeroMQ CURVE **secret** certificate: for its owner alone."
        return """
            \(introduction)

            metadata
                name = "\(name)"
            curve
                public-key = "\(publicKey)"

            """ + (secret.map { "    secret-key = \"\($0)\"\n" } ?? "")
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws(KeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? .exists(path: path) : .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        // The mode holds whatever the umask is.
        guard fchmod(descriptor, mode) == 0, Foundation.write(descriptor, bytes, bytes.count) == bytes.count,
            fsync(descriptor) == 0
        else {
            let reason = String(cString: strerror(errno))
            unlink(path)
            throw .unwritable(path: path, reason: reason)
        }
    }

    /// What stands on both sides of `=`, of lines that are no comments.
    private static func fields(of path: String) throws(KeyError) -> [String: String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: largestByteCount)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        var fields: [String: String] = [:]
        for line in String(decoding: bytes.prefix(count), as: UTF8.self).split(whereSeparator: \.isNewline) {
            let sides = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, !sides[0].hasPrefix("#") else { continue }
            fields[sides[0]] = sides[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
        }
        return fields
    }
}

/// What is wrong with a file of keys, and what to do.
package enum KeyError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    case exists(path: String)
    case noKey(path: String, kind: String)
    case readableByOthers(path: String)
    case badName(String)
    case unknownName(String, folder: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "the key \(path) cannot be read: \(reason). Make it with `sparkwatch keys make`, or name another folder with --keys."
        case .unwritable(let path, let reason):
            "the key \(path) cannot be written: \(reason). Check the rights to its folder."
        case .exists(let path):
            "\(path) is there already and is not written over. Take it away first, or choose another name."
        case .noKey(let path, let kind):
            "\(path) holds no \(kind) key: a line such as \(kind)-key = \"...\" with 40 characters of Z85. "
                + "Make keys with `sparkwatch keys make`, or with zmq.auth of pyzmq."
        case .readableByOthers(let path):
            "others can read the secret key \(path). Make it yours alone: chmod 600 \(path)"
        case .badName(let name): "'\(name)' cannot name a key. Use 1 to 64 letters, digits, - and _."
        case .unknownName(let name, let folder):
            "no key with the name '\(name)' is allowed in \(folder). `sparkwatch keys list` names them."
        }
    }
}
