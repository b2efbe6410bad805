import ArgumentParser
import Foundation
import Imaging
import Triggers
import UNet

/// `sparkwatch model convert`: makes weights that PyTorch saved ready for the detector.
struct ModelConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Converts weights saved by PyTorch into a safetensors file.",
        discussion: """
            Reads what torch.save wrote: the state dictionary of the published 3D U-Net, or of one with other steps or \
            channels, alone or within a checkpoint. Nothing in the file is executed. What the options do not say about \
            the training movies is taken from the published network.
            """
    )

    @Argument(help: "PyTorch checkpoint.", completion: .file(extensions: ["pth", "pt", "ckpt"]))
    var checkpoint: String

    @Argument(help: "The safetensors file to write; replaced if it exists.")
    var output: String

    @Option(help: "How to store the weights: f32, f16 or bf16; default: as they are.")
    var precision: Precision?

    @Option(help: "Which network to take, if the checkpoint holds several.")
    var key: String?

    @Option(parsing: .unconditional, help: "Threshold of live detection on the summed event probability, 0 to below 1.")
    var liveThreshold: Double?

    @Option(parsing: .unconditional, help: "Pixel size of the training movies in µm.")
    var pixelSizeUm: Double = ModelMetadata().pixelSizeMicrometres

    @Option(parsing: .unconditional, help: "Time from frame to frame in the training movies in ms.")
    var frameIntervalMs: Double = ModelMetadata().frameIntervalMilliseconds

    @Option(parsing: .unconditional, help: "Frames of a window.")
    var window: Int = ModelMetadata().window

    @Option(parsing: .unconditional, help: "Frames from one window to the next.")
    var stride: Int = ModelMetadata().stride

    @Option(parsing: .unconditional, help: "Frames at each end of a window that training left out.")
    var ignoreFrames: Int = ModelMetadata().ignoredFrames

    @Option(help: "How the network was trained, free text.")
    var training: String?

    enum Precision: String, ExpressibleByArgument, CaseIterable {
        case f32
        case f16
        case bf16

        var elementType: TensorDescription.ElementType {
            switch self {
            case .f32: .float32
            case .f16: .float16
            case .bf16: .bfloat16
            }
        }
    }

    func validate() throws {
        try check(pixelSizeUm, is: .pixelSize)
        try check(frameIntervalMs, is: .frameInterval)
    }

    func run() throws {
        let source = try InstalledFiles.loadCheckpoint(checkpoint)
        let conversion = try CheckpointConversion(
            source,
            key: key,
            as: precision?.elementType,
            metadata: metadata
        )
        let url = URL(filePath: output)
        try OutputFolder.make(url.deletingLastPathComponent())
        try conversion.data.write(to: url, options: .atomic)
        if let first = conversion.leftOut.first {
            print("left out: \(conversion.leftOut.count) entries beside the network, '\(first)' first")
        }
        print(ModelReport(conversion.model, path: output).table())
    }

    private var metadata: ModelMetadata {
        var metadata = ModelMetadata()
        metadata.window = window
        metadata.stride = stride
        metadata.ignoredFrames = ignoreFrames
        metadata.pixelSizeMicrometres = pixelSizeUm
        metadata.frameIntervalMilliseconds = frameIntervalMs
        metadata.liveThreshold = liveThreshold
        metadata.training = training
        return metadata
    }
}
