package import Foundation
import Imaging

/// Where a page is served, and to whom.
package struct DashboardConfiguration: Sendable {
    /// IP address to listen on.
    package var address = "127.0.0.1"
    /// Port to listen on, 0 for any free one; nil for ``defaultPort`` or the next free one behind it.
    package var port: Int?
    /// Without it nobody sees the page; nil only on addresses that other computers cannot reach.
    package private(set) var token: String?
    /// Where a proxy on this computer serves the page to others; nil without one.
    package private(set) var publicOrigin: PublicOrigin?
    /// The folder that holds the pages and what they need.
    package var pageFolder: URL
    /// The page that is served.
    package var firstFile = "index.html"
    /// Who corrects events at the page.
    package var reviewer = "viewer"
    /// What viewers and others may cost.
    package var limits = PageLimits()
    /// Pictures per second at most.
    package var imagesPerSecond = 30.0

    package static let defaultPort = 8777
    /// Ports tried if none was asked for.
    static let portCount = 20

    /// - Parameters:
    ///   - address: IP address to listen on.
    ///   - token: Has to be part of every viewer's address; made up if other computers can reach the page and none is given.
    ///   - publicOrigin: Where a proxy on this computer serves the page to others.
    ///   - pageFolder: The folder that holds the pages and what they need.
    package init(
        address: String = "127.0.0.1",
        token: String? = nil,
        publicOrigin: PublicOrigin? = nil,
        pageFolder: URL
    ) {
        self.address = address
        self.pageFolder = pageFolder
        self.publicOrigin = publicOrigin
        let isForThisComputer = IPAddress.isLoopback(address) && publicOrigin == nil
        self.token = token ?? (isForThisComputer ? nil : Self.randomToken())
    }

    /// Where a page on a port is found, with the token if there is one.
    func address(port: Int) -> String {
        let host = IPAddress.inAuthority(ReachableAddress.of(address))
        return (publicOrigin?.text ?? "http://\(host):\(port)") + "/" + (token.map { "?token=\($0)" } ?? "")
    }

    private static func randomToken() -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<24).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
}

/// What detects: shown on the page, so that nobody has to guess.
package struct DetectorDescription: Sendable, Equatable, Encodable {
    package var softwareVersion: String
    /// The model's file name.
    package var modelName: String
    package var modelSHA256: String?
    package var instructionSet: String
    /// The processor in words.
    package var processor: String
    package var threads: Int
    /// Frames of a window, and from one to the next.
    package var window: Int
    package var stride: Int

    package init(
        softwareVersion: String,
        modelName: String,
        modelSHA256: String?,
        instructionSet: String,
        processor: String,
        threads: Int,
        window: Int,
        stride: Int
    ) {
        self.softwareVersion = softwareVersion
        self.modelName = modelName
        self.modelSHA256 = modelSHA256
        self.instructionSet = instructionSet
        self.processor = processor
        self.threads = threads
        self.window = window
        self.stride = stride
    }

    enum CodingKeys: String, CodingKey {
        case softwareVersion = "software_version"
        case modelName = "model_name"
        case modelSHA256 = "model_sha256"
        case instructionSet = "isa"
        case processor, threads, window, stride
    }
}
