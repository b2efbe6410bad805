import ArgumentParser
import Foundation
import UNet

/// `sparkwatch model inspect`: checks a file of weights as the detector does and shows what it holds.
struct ModelInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Checks a file of weights and shows its network and metadata."
    )

    @Argument(
        help: "Weights of the network: a safetensors file or a PyTorch checkpoint.",
        completion: .file(extensions: ["safetensors", "pth", "pt", "ckpt"])
    )
    var file: String

    @Option(help: "Which network, if a checkpoint holds several.")
    var key: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() throws {
        let report = try report(URL(filePath: file))
        print(json ? try report.json() : report.table())
    }

    private func report(_ url: URL) throws -> ModelReport {
        let start = try? FileHandle(forReadingFrom: url).read(upToCount: 4)
        if let start, TorchCheckpoint.isCheckpoint(start) {
            return try ModelReport(InstalledFiles.loadCheckpoint(file), key: key, path: file)
        }
        return ModelReport(try InstalledFiles.loadModel(file), path: file)
    }
}
