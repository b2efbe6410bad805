import Foundation
import Testing

/// `sparkwatch model inspect` as a user calls it.
@Suite struct ModelCommandTests {
    private static let weights = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/unet_tiny/weights.safetensors").path

    /// Runs the built program that lies beside the tests.
    private func sparkwatch(_ arguments: String...) throws -> (output: String, error: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("sparkwatch")
        process.arguments = arguments
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (text, errorText, process.terminationStatus)
    }

    @Test func inspectPrintsATable() throws {
        let result = try sparkwatch("model", "inspect", Self.weights)
        #expect(result.status == 0)
        #expect(result.output.contains("3 steps, 4 first channels"))
        #expect(result.output.contains("87788, stored as F32"))
        #expect(result.output.contains("57562f3c7c6a2daf707b87083dff3c9dd46956109059c8816c0db55da1ad386d"))
    }

    @Test func inspectPrintsJSON() throws {
        let result = try sparkwatch("model", "inspect", "--json", Self.weights)
        #expect(result.status == 0)
        let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(object?["steps"] as? Int == 3)
        #expect(object?["first_layer_channels"] as? Int == 4)
        #expect(object?["parameter_count"] as? Int == 87_788)
        #expect(object?["classes"] as? [String] == ["background", "spark", "wave", "puff"])
        #expect(object?["window"] as? Int == 256)
    }

    @Test func inspectRefusesOtherFilesWithAReason() throws {
        let result = try sparkwatch("model", "inspect", #filePath)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.error.hasPrefix("Error: the header claims "))
        #expect(result.error.contains("convert PyTorch weights to safetensors first"))
    }
}
