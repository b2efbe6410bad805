import Foundation
import TestSupport
import Testing
import UNet

@Suite("Files of side outputs")
struct SideOutputFileTests {
    private static let output = SideOutput(
        place: SideOutput.Place(level: 2, coarsestLevel: 3, windowFrameCount: 64),
        units: [
            SideOutput.Unit(
                networkClass: .wave,
                weights: (0..<16).map { Float($0) / 7 - 1 },
                bias: -2.5,
                threshold: 0.85,
                smallestPixelCount: 128
            ),
            SideOutput.Unit(
                networkClass: .puff,
                weights: (0..<16).map { 1 - Float($0) / 3 },
                bias: 0.1,
                threshold: 0.5,
                smallestPixelCount: 1
            ),
        ],
        training: "by hand"
    )

    /// A copy of the small network's weights, in a folder of its own.
    private static func weights(in folder: borrowing TemporaryFolder) throws -> URL {
        let url = folder.url.appending(path: "small.safetensors")
        try FileManager.default.copyItem(at: Fixture.tiny.appending(path: "weights.safetensors"), to: url)
        return url
    }

    @Test func liesBesideTheWeights() throws {
        let folder = try TemporaryFolder()
        let url = try Self.weights(in: folder)
        let plain = try Model.load(from: url)
        #expect(plain.sideOutput == nil)
        let beside = SideOutput.file(beside: url)
        #expect(beside.lastPathComponent == "small-early.safetensors")
        try Self.output.data(for: plain).write(to: beside)
        let model = try Model.load(from: url)
        #expect(model.sideOutput == Self.output)
        #expect(model.sha256 == plain.sha256)
    }

    @Test func liesInTheWeightsWithoutChangingThem() throws {
        let folder = try TemporaryFolder()
        let url = try Self.weights(in: folder)
        let plain = try SafetensorsFile(contentsOf: url)
        for repetition in 1...2 {
            let embedded = folder.url.appending(path: "with\(repetition).safetensors")
            let source = repetition == 1 ? url : folder.url.appending(path: "with1.safetensors")
            try Self.output.data(addedTo: source).write(to: embedded)
            #expect(try Model.load(from: embedded).sideOutput == Self.output)
            let file = try SafetensorsFile(contentsOf: embedded)
            #expect(file.tensors.count == plain.tensors.count + 2)
            for tensor in plain.tensors {
                let values = try file.values(of: tensor.name)
                #expect(try values == plain.values(of: tensor.name))
                #expect(file.tensor(named: tensor.name)?.elementType == tensor.elementType)
            }
        }
    }

    @Test func othersWeightsAreRefused() throws {
        let folder = try TemporaryFolder()
        let url = try Self.weights(in: folder)
        let model = try Model.load(from: url)
        let other = try Self.output.data(addedTo: url)
        try other.write(to: url)
        try Self.output.data(for: model).write(to: SideOutput.file(beside: url))
        #expect(try Model.load(from: url).sideOutput == Self.output, "the one in the weights counts")
        let changed = folder.url.appending(path: "changed.safetensors")
        try Self.output.data(for: model).write(to: SideOutput.file(beside: changed))
        var writer = SafetensorsWriter(metadata: ["training": "another"])
        let file = try SafetensorsFile(contentsOf: Fixture.tiny.appending(path: "weights.safetensors"))
        for tensor in file.tensors {
            writer.add(tensor.name, shape: tensor.shape, values: try file.values(of: tensor.name))
        }
        try writer.data.write(to: changed)
        #expect {
            try Model.load(from: changed)
        } throws: { error in
            "\(error)".contains("model_sha256") && "\(error)".contains("sparkwatch model early")
        }
    }

    @Test(arguments: [
        ("early_level", "3"), ("early_level", "0"), ("early_level", "x"), ("early_coarsest_level", "4"),
        ("early_coarsest_level", "2"), ("early_window", "20"),
        ("early_window", "256"),
        ("early_classes", "wave,wave"), ("early_classes", "background"), ("early_classes", "wave"),
        ("early_thresholds", "0.5"), ("early_thresholds", "0.5,2"), ("early_smallest_pixels", "0,1"), ("format", "pt"),
    ])
    func badEntriesAreRefused(key: String, value: String) throws {
        let folder = try TemporaryFolder()
        let url = try Self.weights(in: folder)
        let model = try Model.load(from: url)
        let file = try SafetensorsFile(data: Self.output.data(for: model))
        var writer = SafetensorsWriter(metadata: file.metadata)
        writer.metadata[key] = value
        for tensor in file.tensors {
            writer.add(tensor.name, shape: tensor.shape, values: try file.values(of: tensor.name))
        }
        try writer.data.write(to: SideOutput.file(beside: url))
        #expect(throws: UNetError.self) { try Model.load(from: url) }
    }
}
