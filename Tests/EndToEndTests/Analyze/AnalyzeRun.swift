import Foundation
import Imaging
import Session
import TestSupport
import Testing
import Wire

/// A run of `sparkwatch analyze` on small movies with a small network.
struct AnalyzeRun {
    static let weights = PackagePaths.fixtures.appending(path: "unet_tiny/weights.safetensors").path

    let status: Int32
    let output: String
    let errors: String

    init(_ arguments: [String], in folder: URL) throws {
        let process = try RunningProcess.product(
            "sparkwatch",
            ["analyze", "--model", Self.weights] + arguments,
            in: folder
        )
        status = try process.wait(seconds: 240)
        output = process.output
        errors = process.errors
    }
}

/// What `NAME_run.json` says, as far as tests look.
struct RunFile: Decodable {
    struct Setup: Decodable {
        struct Calibration: Decodable {
            struct Value: Decodable, Equatable {
                let value: Double
                let origin: String
            }
            let pixel_size_um: Value
            let frame_interval_ms: Value
        }
        struct Configuration: Decodable {
            let mode: String
            let threshold: String
            let cell_mask: String?
        }
        let calibration: Calibration
        let configuration: Configuration
        let model_sha256: String?
        let software_version: String
    }
    struct Outcome: Decodable {
        let events: [String: Int]
        let frames: Int
        let threshold: Double
        let cell: CellActivityMessage?
    }
    let setup: Setup
    let outcome: Outcome

    static func read(_ url: URL) throws -> RunFile {
        try JSONDecoder().decode(RunFile.self, from: Data(contentsOf: url))
    }
}
