import Foundation
import TestSupport

/// Networks with the results that PyTorch gives.
enum Fixture {
    /// 3 steps, 4 first channels; part of the package.
    static let tiny = PackagePaths.fixtures.appending(path: "unet_tiny")

    /// 6 steps, 2 first channels; beside the package and not always there.
    static let paper = PackagePaths.sharedFixtures.appending(path: "unet_paper")
}
