import ArgumentParser
import Foundation
import Imaging
import UNet

/// `sparkwatch model use`: which model is taken where none is named.
struct ModelUseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use",
        abstract: "Makes a model the one in use where --model is not given, for this user.",
        discussion: """
            The file is copied, with what tells events early beside it, to the user's own models; every model that was in \
            use before stays there. Without FILE it says which one is in use; --shipped goes back to the one that was \
            installed with Sparkwatch.
            """
    )

    @Argument(help: "Weights of the network (safetensors).", completion: .file(extensions: ["safetensors"]))
    var file: String?

    @Flag(help: "Use the model that was installed with Sparkwatch.")
    var shipped = false

    func validate() throws {
        if shipped, file != nil { throw ValidationError("give FILE or --shipped, not both.") }
    }

    func run() throws {
        let own = OwnModels()
        if let file {
            let model = try InstalledFiles.loadModel(file)
            try own.use(URL(filePath: file).resolvingSymlinksInPath(), sha256: model.sha256 ?? "unknown")
        } else if shipped {
            try own.useNone()
        }
        print("in use: \(try InstalledFiles.modelFile(nil).path)")
    }
}
