import Foundation
import Samples
import TestSupport
import Testing

/// `sparkwatch model` as a user calls it.
@Suite struct ModelCommandTests {
    private static let weights = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors").path

    private func inspect(_ arguments: String...) throws -> (output: String, errors: String, status: Int32) {
        try model(["inspect"] + arguments)
    }

    private func model(_ arguments: [String]) throws -> (output: String, errors: String, status: Int32) {
        let folder = try TemporaryFolder()
        let process = try RunningProcess.product("sparkwatch", ["model"] + arguments, in: folder.url)
        let status = try process.wait(seconds: 60)
        return (process.output, process.errors, status)
    }

    @Test func printsATable() throws {
        let result = try inspect(Self.weights)
        #expect(result.status == 0)
        #expect(result.output.contains("3 steps, 4 first channels"))
        #expect(result.output.contains("87788, stored as F32"))
        #expect(result.output.contains("57562f3c7c6a2daf707b87083dff3c9dd46956109059c8816c0db55da1ad386d"))
    }

    @Test func printsJSON() throws {
        let result = try inspect("--json", Self.weights)
        #expect(result.status == 0)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(object?["steps"] as? Int == 3)
        #expect(object?["first_layer_channels"] as? Int == 4)
        #expect(object?["parameter_count"] as? Int == 87_788)
        #expect(object?["classes"] as? [String] == ["background", "spark", "wave", "puff"])
        #expect(object?["window"] as? Int == 256)
    }

    /// A layer for the small network, from recordings that the simulator makes; what is there is not overwritten.
    @Test func fitsALayerThatTellsEarly() throws {
        let folder = try TemporaryFolder()
        let arguments = ["synth", "--output", folder.path("recordings"), "--count", "4", "--frames", "300"]
        let options = ["--events", "waves", "--width", "192", "--seed", "3"]
        let simulator = try RunningProcess.product("sparksim", arguments + options, in: folder.url)
        #expect(try simulator.wait(seconds: 60) == 0)
        let weights = folder.path("small.safetensors"), layer = folder.path("small-early.safetensors")
        try FileManager.default.copyItem(atPath: Self.weights, toPath: weights)
        let before = try Data(contentsOf: URL(filePath: weights))
        let fit = ["early", weights, "--recordings", folder.path("recordings"), "--early-window", "32"]
        let result = try model(fit)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("average precision of cells"))
        #expect(result.output.contains("\(layer) written"))
        #expect(try Data(contentsOf: URL(filePath: weights)) == before)
        let first = try Data(contentsOf: URL(filePath: layer))
        #expect(try inspect(weights).output.contains("level 2, with levels up to 3 over the newest 32 frames"))

        let again = try model(fit)
        #expect(again.status != 0 && again.errors.contains("exists; give another name"))
        let embedded = folder.path("with.safetensors")
        #expect(try model(fit + [embedded, "--embed"]).status == 0)
        #expect(try inspect(embedded).output.contains("level 2, with levels up to 3"))
        #expect(try model(fit + ["--replace"]).status == 0)
        #expect(try Data(contentsOf: URL(filePath: layer)) == first, "the same recordings give the same layer")
    }

    @Test(arguments: [
        (["--level", "3"], "levels 3 to"), (["--early-window", "20"], "20 frames"),
        (["--classes", "spark"], "too small"),
        (["--recordings", "."], "holds 0 files"), (["--embed"], "name it as second argument"),
    ])
    func refusesWhatCannotBeFitted(options: [String], message: String) throws {
        let folder = try TemporaryFolder()
        let weights = folder.path("small.safetensors")
        try FileManager.default.copyItem(atPath: Self.weights, toPath: weights)
        let result = try model(["early", weights] + options)
        #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("small-early.safetensors")))
    }

    @Test func refusesOtherFilesWithAReason() throws {
        let result = try inspect(#filePath)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("ModelCommandTests.swift is no model that can be used: the header claims "))
        #expect(result.errors.contains("convert PyTorch weights with `sparkwatch model convert`"))
    }

    @Test func convertsWhatPyTorchSaved() throws {
        let folder = try TemporaryFolder()
        let (checkpoint, converted) = (folder.path("network.pth"), folder.path("model.safetensors"))
        let save =
            "import sys, torch, safetensors.torch as s; torch.save({'model': s.load_file(sys.argv[1])}, sys.argv[2])"
        try Python.run(script: save, arguments: [Self.weights, checkpoint])
        #expect(try inspect(checkpoint).output.contains("87788, stored as F32"))

        let options = ["--precision", "bf16", "--live-threshold", "0.25", "--pixel-size-um", "0.15"]
        let result = try model(["convert", checkpoint, converted] + options)
        #expect(result.status == 0, "\(result.errors)")
        let table = try inspect(converted)
        #expect(table.status == 0)
        for text in [
            "87788, stored as BF16", "live threshold  0.25", "pixel size      0.15 µm", "converted from  SHA-256 ",
        ] {
            #expect(table.output.contains(text), "\(table.output)")
        }
    }

    @Test func aNetworkOfSeveralIsChosenByItsKey() throws {
        let folder = try TemporaryFolder()
        let checkpoint = folder.path("networks.pth")
        let save = """
            import sys, torch, safetensors.torch as s
            weights = s.load_file(sys.argv[1])
            torch.save({'model': weights, 'ema': {name: 2 * tensor for name, tensor in weights.items()}}, sys.argv[2])
            """
        try Python.run(script: save, arguments: [Self.weights, checkpoint])
        let unchosen = try inspect(checkpoint)
        #expect(unchosen.status == 1 && unchosen.errors.contains("choose one with --key: 'ema', 'model'"))
        #expect(try inspect("--key", "ema", checkpoint).output.contains("87788, stored as F32"))
        let converted = folder.path("made/for/it/model.safetensors")
        #expect(try model(["convert", "--key", "ema", checkpoint, converted]).status == 0)
        #expect(try inspect(converted).status == 0)
    }

    @Test func refusesToConvertToNothing() throws {
        let folder = try TemporaryFolder()
        let converted = folder.path("model.safetensors")
        let result = try model(["convert", Self.weights, converted])
        #expect(result.status == 1)
        #expect(result.errors.contains("is no model that can be used: this is no PyTorch checkpoint"))
        #expect(!FileManager.default.fileExists(atPath: converted))
    }
}
