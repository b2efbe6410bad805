package import Foundation

/// A folder with the keys of a computer: its own pair, and the public keys of those who may connect.
///
///     sparkwatch.key_secret    of this computer, mode 600
///     sparkwatch.key           its public half, to be given to clients
///     allowed/NAME.key         public keys of clients that are let in
///     NAME.key_secret          pairs made for clients, to be carried there
package struct KeyFolder: Sendable, Equatable {
    package let url: URL

    package static let ownName = "sparkwatch"
    /// Most keys that are allowed: the folder is read while clients wait.
    static let mostAllowed = 1000

    package init(path: String) { url = URL(filePath: path) }

    /// `~/.config/sparkwatch/keys`, or where `XDG_CONFIG_HOME` says.
    package static var usual: KeyFolder {
        let environment = ProcessInfo.processInfo.environment
        let configuration = environment["XDG_CONFIG_HOME"] ?? "\(environment["HOME"] ?? ".")/.config"
        return KeyFolder(path: "\(configuration)/sparkwatch/keys")
    }

    /// The pair of this computer.
    ///
    /// - Throws: ``KeyError``.
    package func ownPair() throws(KeyError) -> KeyPair {
        try KeyFile.pair(at: path(Self.ownName, KeyFile.secretEnding))
    }

    /// Names and public keys of those who may connect; files that hold no key are passed over.
    package var allowed: [String: CurveKey] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: allowedFolder.path)) ?? []
        let ending = ".\(KeyFile.publicEnding)"
        return names.sorted().prefix(Self.mostAllowed).reduce(into: [:]) { keys, name in
            guard name.hasSuffix(ending) else { return }
            keys[String(name.dropLast(ending.count))] = try? KeyFile.publicKey(
                at: allowedFolder.appending(path: name).path
            )
        }
    }

    /// Makes the pair of this computer, or one for a client, who is then allowed.
    ///
    /// - Returns: The files that were written, that with the secret first.
    /// - Throws: ``KeyError``, ``StreamError``.
    package func make(name: String) throws -> [String] {
        try Self.check(name)
        try makeFolders()
        let pair = try KeyPair.make()
        let secret = path(name, KeyFile.secretEnding)
        let open = name == Self.ownName ? path(name, KeyFile.publicEnding) : allowedPath(name)
        guard !FileManager.default.fileExists(atPath: open) else { throw KeyError.exists(path: open) }
        try KeyFile.write(pair, name: name, to: secret)
        try KeyFile.write(pair.publicKey, name: name, to: open)
        return [secret, open]
    }

    /// Lets the owner of a public key connect.
    ///
    /// - Throws: ``KeyError``, also if the name is taken.
    package func allow(_ key: CurveKey, name: String) throws {
        try Self.check(name)
        try makeFolders()
        try KeyFile.write(key, name: name, to: allowedPath(name))
    }

    /// Lets somebody connect no more; connections that are open stay.
    ///
    /// - Throws: ``KeyError`` if nobody has the name.
    package func revoke(name: String) throws(KeyError) {
        try Self.check(name)
        guard unlink(allowedPath(name)) == 0 else { throw .unknownName(name, folder: allowedFolder.path) }
    }

    private var allowedFolder: URL { url.appending(path: "allowed") }

    private func path(_ name: String, _ ending: String) -> String { url.appending(path: "\(name).\(ending)").path }

    private func allowedPath(_ name: String) -> String {
        allowedFolder.appending(path: "\(name).\(KeyFile.publicEnding)").path
    }

    private func makeFolders() throws(KeyError) {
        do {
            try FileManager.default.createDirectory(
                at: allowedFolder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw .unwritable(path: allowedFolder.path, reason: (error as NSError).localizedDescription)
        }
    }

    private static func check(_ name: String) throws(KeyError) {
        let isPlain = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "-_".utf8.contains($0)
        }
        guard isPlain, (1...64).contains(name.utf8.count) else { throw .badName(name) }
    }
}
