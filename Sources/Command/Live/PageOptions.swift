import ArgumentParser
import Dashboard
import Detection
import Foundation
import Imaging
import Live
import Session
import UNet
import ZeroMQ

/// Options of the live page.
struct PageOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Show the run in a browser.")
    var page = true

    @Option(help: "IP address the page is served on; beyond 127.0.0.1 only with a token.")
    var pageAddress = "127.0.0.1"

    @Option(
        parsing: .unconditional,
        help: "Port the page is served on, 0 for any free one; default: 8777 or the next free one."
    )
    var pagePort: Int?

    @Option(help: "What viewers have to know; made up if other computers can reach the page and none is given.")
    var pageToken: String?

    @Option(help: "Where a proxy on this computer serves the page to others, such as https://rig.example.")
    var pageOrigin: String?

    @Option(help: "ZeroMQ endpoint that takes protocol marks from programs, such as tcp://127.0.0.1:5557.")
    var marks: String?

    func validate() throws {
        try check(pagePort.map(Double.init), isBetween: 0, and: 65535, named: "--page-port")
        if let pageOrigin, PublicOrigin(pageOrigin) == nil {
            throw ValidationError(
                "--page-origin is '\(pageOrigin)'; give scheme and host as the browser shows them, such as "
                    + "https://rig.example or https://rig.example:8443."
            )
        }
        guard let pageToken else { return }
        let isPlain = pageToken.utf8.allSatisfy { $0 < 128 && (Character(UnicodeScalar($0)).isLetter || 48...57 ~= $0) }
        if pageToken.count < 8 || !isPlain {
            throw ValidationError("--page-token is '\(pageToken)'; use 8 or more letters and digits, nothing else.")
        }
    }

    /// The page, unless it is left out.
    ///
    /// - Parameters:
    ///   - model: Path of the model; nil for the one that ships.
    ///   - session: What detects.
    ///   - security: Who may set marks.
    ///   - context: The ZeroMQ library.
    ///   - arm: Carries out what a viewer wants of a trigger rule.
    /// - Returns: The page; nil if it is left out.
    /// - Throws: `DashboardError` or `StreamError` if an address cannot be listened on.
    func part(
        model: String?,
        session: DetectionSession.Configuration,
        security: SocketSecurity,
        context: ZeroMQContext,
        arm: @escaping @Sendable (TriggerArming) -> Void
    ) throws -> PagePart? {
        guard page || marks == nil else {
            throw ValidationError("--marks needs the page, which counts from mark to mark: leave out --no-page.")
        }
        guard page else { return nil }
        var configuration = DashboardConfiguration(
            address: pageAddress,
            token: pageToken,
            publicOrigin: pageOrigin.flatMap(PublicOrigin.init),
            pageFolder: InstalledFiles.pageFolder
        )
        configuration.port = pagePort
        let detector = DetectorDescription(
            softwareVersion: SparkwatchVersion.current,
            modelName: model.map { URL(filePath: $0).lastPathComponent } ?? InstalledFiles.modelName,
            modelSHA256: session.model.sha256,
            instructionSet: session.device.instructionSet,
            processor: session.device.processor,
            threads: session.settings.threads,
            window: session.settings.window,
            stride: session.settings.stride
        )
        return try PagePart(
            configuration,
            detector: detector,
            marks: marks,
            security: security,
            context: context,
            arm: arm
        )
    }
}
