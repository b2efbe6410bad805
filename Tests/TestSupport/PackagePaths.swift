package import Foundation

/// Where tests find the package's files, whatever the current directory is.
package enum PackagePaths {
    /// The folder of Package.swift.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Small fixtures, part of the package.
    package static let fixtures = root.appending(path: "Tests/Fixtures")

    /// Large fixtures, beside the package and not always there: enable tests that need them with ``exists(_:)``.
    package static let sharedFixtures = root.appending(path: "../shared/fixtures")

    /// Python that computes expected results, beside the package and not always there.
    package static let sharedOracle = root.appending(path: "../shared/oracle")

    /// Python programs that tests compare results with.
    package static let peers = root.appending(path: "Tests/Peers")

    package static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
