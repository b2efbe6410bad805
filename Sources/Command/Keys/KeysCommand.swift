import ArgumentParser
import Foundation
import Imaging
import ZeroMQ

/// `sparkwatch keys`: who may connect from other computers.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes and lists the keys by which computers know each other.",
        discussion: """
            Keys are pairs: the secret half stays on its computer (mode 600), the public half is given to others. \
            `sparkwatch live --keys FOLDER` lets in whose public key lies in FOLDER/allowed.
            """,
        subcommands: [KeysMakeCommand.self, KeysListCommand.self, KeysAllowCommand.self, KeysRevokeCommand.self]
    )
}

/// Where keys are.
struct KeyFolderOption: ParsableArguments {
    @Option(help: "Folder with the keys; default: ~/.config/sparkwatch/keys.")
    var keys: String?

    var folder: KeyFolder { keys.map { KeyFolder(path: $0) } ?? .usual }
}

/// `sparkwatch keys make`.
struct KeysMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Makes the key pair of this computer, or one for a client, which is then allowed."
    )

    @Argument(help: "Name of the client; default: this computer's own pair, sparkwatch.")
    var name = KeyFolder.ownName

    @OptionGroup var place: KeyFolderOption

    func run() throws {
        let folder = place.folder
        let written = try folder.make(name: name)
        for path in written { print(path) }
        Notes.write(
            name == KeyFolder.ownName
                ? "Give \(written[1]) to clients; keep \(written[0]) to yourself."
                : "Move \(written[0]) to the client, with \(KeyFolder.ownName).key; it is allowed from now on."
        )
    }
}

/// `sparkwatch keys list`.
struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists this computer's public key and those that are allowed."
    )

    @OptionGroup var place: KeyFolderOption

    func run() throws {
        let folder = place.folder
        print("\(KeyFolder.ownName)\t\(try folder.ownPair().publicKey)\tthis computer")
        for (name, key) in folder.allowed.sorted(by: { $0.key < $1.key }) {
            print("\(name.printable)\t\(key)\tallowed")
        }
    }
}

/// `sparkwatch keys allow`.
struct KeysAllowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allow",
        abstract: "Lets a client connect whose public key is in a file, by sparkwatch or by zmq.auth of pyzmq."
    )

    @Argument(help: "File with the public key, NAME.key.")
    var file: String

    @Option(help: "Name of the client; default: that of the file.")
    var name: String?

    @OptionGroup var place: KeyFolderOption

    func run() throws {
        let key = try KeyFile.publicKey(at: file)
        let name = name ?? URL(filePath: file).deletingPathExtension().lastPathComponent
        try place.folder.allow(key, name: name)
        print("\(name)\t\(key)\tallowed")
    }
}

/// `sparkwatch keys revoke`.
struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Lets a client connect no more; what is connected stays so until it ends."
    )

    @Argument(help: "Name of the client.")
    var name: String

    @OptionGroup var place: KeyFolderOption

    func run() throws { try place.folder.revoke(name: name) }
}
