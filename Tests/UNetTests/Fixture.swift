import Foundation
import UNet

/// Files with expected results that come with the tests.
enum Fixture {
    /// `Tests/Fixtures`.
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// Larger files, which lie beside the package where they exist at all.
    static let sharedFolder = folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("shared/fixtures")

    static var hasSharedFolder: Bool {
        FileManager.default.fileExists(atPath: sharedFolder.path)
    }

    static func safetensors(_ path: String) throws -> SafetensorsFile {
        try SafetensorsFile(contentsOf: folder.appendingPathComponent(path))
    }
}
