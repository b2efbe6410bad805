import Foundation
import Imaging
import TestSupport
import Testing
import UNet

@Suite("Conversion of PyTorch checkpoints")
struct CheckpointConversionTests {
    /// Every way of saving weights gives the tensors that PyTorch itself has, bit for bit; the rest is refused.
    @Test func agreesWithPyTorch() throws {
        struct Contents: Decodable {
            struct Accepted: Decodable {
                let name: String
                let key: String?
                let precision: String?
            }
            struct Refused: Decodable {
                let name: String
                let message: String
            }
            let accepted: [Accepted]
            let refused: [Refused]
        }
        let folder = try TemporaryFolder()
        let contents = try Python.json(Contents.self, from: "torch_checkpoints.py", folder.url.path)
        #expect(contents.accepted.count > 30 && contents.refused.count > 15)
        for file in contents.accepted {
            let conversion = try CheckpointConversion(
                TorchCheckpoint(contentsOf: folder.url.appending(path: file.name + ".pth")),
                key: file.key,
                as: file.precision.flatMap(TensorDescription.ElementType.init)
            )
            let expected = try SafetensorsFile(contentsOf: folder.url.appending(path: file.name + ".safetensors"))
            try expectEqual(SafetensorsFile(data: conversion.data), expected, file.name)
        }
        for file in contents.refused {
            let data = try Data(contentsOf: folder.url.appending(path: file.name + ".pth"))
            let message = CheckpointFile.refusal(data).map { "\($0)" }
            #expect(message?.contains(file.message) == true, "\(file.name): \(message ?? "accepted")")
        }
        #expect(!PackagePaths.exists(folder.url.appending(path: "executed.pth")))
    }

    private func expectEqual(_ file: SafetensorsFile, _ expected: SafetensorsFile, _ name: String) throws {
        #expect(file.tensors.map(\.name).sorted() == expected.tensors.map(\.name).sorted(), "\(name)")
        for tensor in expected.tensors {
            let converted = file.tensor(named: tensor.name)
            #expect(converted?.shape == tensor.shape && converted?.elementType == tensor.elementType, "\(name)")
            let bits = try expected.values(of: tensor.name).map(\.bitPattern)
            #expect(try file.values(of: tensor.name).map(\.bitPattern) == bits, "\(name), \(tensor.name)")
        }
    }

    @Test("Fixtures hold the same weights in both formats", .enabled(if: PackagePaths.exists(Fixture.paper)))
    func fixtures() throws {
        for (name, precision) in [("unet_tiny", TensorDescription.ElementType.float32), ("unet_paper", .float16)] {
            let folder = PackagePaths.sharedFixtures.appending(path: name)
            let checkpoint = try TorchCheckpoint(contentsOf: folder.appending(path: "weights.pth"))
            let conversion = try CheckpointConversion(checkpoint, as: precision)
            let expected = try SafetensorsFile(contentsOf: folder.appending(path: "weights.safetensors"))
            try expectEqual(SafetensorsFile(data: conversion.data), expected, name)
        }
    }

    @Test("A converted network gives PyTorch's results", .enabled(if: PackagePaths.exists(Fixture.paper)))
    func convertedNetworkAgreesWithPyTorch() throws {
        let folder = PackagePaths.sharedFixtures.appending(path: "unet_tiny")
        let checkpoint = try TorchCheckpoint(contentsOf: folder.appending(path: "weights.pth"))
        let model = try CheckpointConversion(checkpoint).model
        let input = try SafetensorsFile(contentsOf: folder.appending(path: "input.safetensors")).values(of: "input")
        let expected = try SafetensorsFile(contentsOf: folder.appending(path: "expected.safetensors"))
            .values(of: "probabilities")
        let network = try SlidingUNet(model: model, frameSize: FrameSize(height: 16, width: 32), window: 32, threads: 1)
        let result = try network.advance(by: input, wanted: [0..<32])
        #expect(largestDifference(result[0].joined(), expected) < 5e-5)
    }

    @Test func metadataAreWritten() throws {
        let checkpoint = try TorchCheckpoint(data: CheckpointFile().archive.data)
        var metadata = ModelMetadata()
        metadata.pixelSizeMicrometres = 0.15
        metadata.liveThreshold = 0.25
        metadata.training = "elsewhere"
        let conversion = try CheckpointConversion(checkpoint, metadata: metadata)
        let model = try Model(SafetensorsFile(data: conversion.data))
        #expect(model.shape == CheckpointFile.shape)
        #expect(model.metadata.pixelSizeMicrometres == 0.15)
        #expect(model.metadata.frameIntervalMilliseconds == 6.8)
        #expect(model.metadata.liveThreshold == 0.25)
        #expect(model.metadata.training == "elsewhere")
        #expect(model.metadata.sourceSHA256 == checkpoint.sha256)
        #expect(model.finalLayer.biases == [0.5, 0.5, 0.5, 0.5])
        metadata.window = 255
        #expect(throws: UNetError.self) { try CheckpointConversion(checkpoint, metadata: metadata) }
    }

    @Test func weightsThatDoNotFitAreRefused() throws {
        var file = CheckpointFile()
        let last = file.storages.count - 1
        file.storages[last].bytes.replaceSubrange(0..<4, with: [0, 0, 0x80, 0x47])
        let checkpoint = try TorchCheckpoint(data: file.archive.data)
        #expect(throws: CheckpointError.outOfRange(tensor: "final_layer.bias", type: "F16")) {
            try CheckpointConversion(checkpoint, as: .float16)
        }
        #expect(try CheckpointConversion(checkpoint, as: .bfloat16).model.finalLayer.biases[0] == 65536)
    }
}
