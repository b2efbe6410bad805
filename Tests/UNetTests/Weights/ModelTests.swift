import Foundation
import TestSupport
import Testing
import UNet

@Suite struct ModelTests {
    private func file(
        _ tensors: [(name: String, shape: [Int])],
        prefix: String = "",
        metadata: [String: String] = [:],
        value: Float = 0.5
    ) throws -> SafetensorsFile {
        var writer = SafetensorsWriter(metadata: metadata)
        for (name, shape) in tensors {
            let values = [Float](repeating: value, count: shape.reduce(1, *))
            writer.add(prefix + name, shape: shape, values: values, as: .float16)
        }
        return try SafetensorsFile(data: writer.data)
    }

    private func error(_ file: SafetensorsFile) -> UNetError? {
        do throws(UNetError) {
            _ = try Model(file)
            return nil
        } catch {
            return error
        }
    }

    @Test func findsTheShapeOfAnyNetwork() throws {
        let tiny = try Model.load(from: Fixture.tiny.appending(path: "weights.safetensors"))
        #expect(tiny.shape == UNetShape(steps: 3, firstLayerChannels: 4))
        #expect(tiny.shape.parameterCount == 87_788)
        #expect(tiny.metadata == ModelMetadata())
        #expect(tiny.elementTypes == [.float32])
        #expect(
            tiny.decoder[2].upConvolution.weights.prefix(3) == [-0.033721923828125, 0.460693359375, 0.04937744140625]
        )
        for shape in [UNetShape(steps: 1, firstLayerChannels: 1), UNetShape(steps: 4, firstLayerChannels: 3)] {
            #expect(try Model(file(shape.tensors)).shape == shape)
            #expect(try Model(file(shape.tensors, prefix: "module.")).shape == shape)
            #expect(shape.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } == shape.parameterCount)
        }
        // quirks.md: 66 tensors, 22 631 764 weights.
        #expect(UNetShape.published.parameterCount == 22_631_764)
        #expect(UNetShape.published.tensors.count == 66)
    }

    @Test(.enabled(if: PackagePaths.exists(Fixture.paper)))
    func readsHalfPrecisionWeights() throws {
        let url = Fixture.paper.appending(path: "weights.safetensors")
        let model = try Model.load(from: url)
        #expect(model.shape == UNetShape(steps: 6, firstLayerChannels: 2))
        #expect(model.shape.parameterCount == 1_415_200)
        #expect(model.sha256 == "6096333d85c19a805b801b4877f0f4bba4831e250144529eb0fb7305dc5d4ed1")
        #expect(model.elementTypes == [.float16])
        let deepest = model.encoder[6].convolution2.weights
        #expect(deepest.prefix(3) == [-0.0028400421142578125, 0.01068878173828125, -0.03790283203125])
        #expect(abs(deepest.reduce(0) { $0 + Double($1) } - -23.495190799236298) < 1e-9)
    }

    @Test func refusesOtherNetworks() throws {
        let shape = UNetShape(steps: 2, firstLayerChannels: 2)
        let good = shape.tensors
        #expect(try error(file(good)) == nil)
        #expect(try error(file([])) == .missingTensor("down_path.0.layers.0.weight"))
        #expect(
            try error(file(good.filter { $0.name != "up_path.3.layers.0.bias" }))
                == .missingTensor("up_path.3.layers.0.bias")
        )
        #expect(
            try error(file(good + [("down_path.0.layers.2.running_mean", [2])]))
                == .unexpectedTensor("down_path.0.layers.2.running_mean")
        )
        #expect(
            try error(file(good.map { $0.name == "up_path.0.weight" ? ($0.name, [4, 8, 2, 2, 2]) : $0 }))
                == .shapeMismatch(tensor: "up_path.0.weight", expected: [8, 4, 2, 2, 2], actual: [4, 8, 2, 2, 2])
        )
        #expect(
            try error(file(good, value: .infinity)) == .notFinite(tensor: "down_path.0.layers.0.weight", index: 0)
        )
        for other in [
            UNetShape(steps: 2, firstLayerChannels: 2, classCount: 3).tensors,
            UNetShape(steps: 2, firstLayerChannels: 2, inputChannels: 2).tensors,
            good.filter { !$0.name.hasPrefix("down_path.1") },
            good.map { $0.name == "final_layer.weight" ? ($0.name, [4, 2]) : $0 },
            good.map { $0.name == "down_path.0.layers.0.weight" ? ($0.name, [0, 1, 3, 3, 3]) : $0 },
        ] {
            guard case .unsupportedNetwork = try error(file(other)) else {
                Issue.record("a network was accepted or refused for another reason")
                continue
            }
        }
    }

    @Test func metadataSurviveWritingAndReading() throws {
        let shape = UNetShape(steps: 2, firstLayerChannels: 2)
        var metadata = ModelMetadata()
        metadata.window = 128
        metadata.stride = 16
        metadata.ignoredFrames = 4
        metadata.pixelSizeMicrometres = 0.15
        metadata.frameIntervalMilliseconds = 10.25
        metadata.liveThreshold = 0.375
        metadata.training = "12 synthetic movies"
        let model = try Model(file(shape.tensors, metadata: metadata.entries(shape: shape)))
        #expect(model.metadata == metadata)
        let foreign = try Model(file(shape.tensors, metadata: ["format": "pt", "author": "somebody"]))
        #expect(foreign.metadata == ModelMetadata())
    }

    @Test(arguments: [
        ("format", "sparkwatch-unet-2"), ("classes", "background,spark,puff,wave"), ("steps", "6"), ("steps", "two"),
        ("first_layer_channels", "8"), ("window", "0"), ("window", "254"), ("window", "256.0"), ("window", "-256"),
        ("window", "99999999999999999999"), ("stride", "0"), ("stride", "31"), ("stride", "258"),
        ("ignore_frames", "-1"), ("ignore_frames", "128"), ("pixel_size_um", "0"), ("pixel_size_um", "nan"),
        ("pixel_size_um", "0,2"), ("frame_interval_ms", "inf"), ("frame_interval_ms", ""),
        ("normalisation", "percentile"), ("live_threshold", "1"), ("live_threshold", "-0.1"),
    ])
    func refusesMetadata(key: String, value: String) throws {
        let shape = UNetShape(steps: 2, firstLayerChannels: 2)
        let error = try error(file(shape.tensors, metadata: [key: value]))
        guard case .invalidMetadata(key, value, _) = error else {
            Issue.record("\(key)=\(value) gave \(String(describing: error))")
            return
        }
        #expect("\(error!)".contains("'\(key)' is '\(value)'; write"))
    }
}
