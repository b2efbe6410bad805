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

    @OptionGroup
    var place: PageAddressOptions

    @Option(help: "ZeroMQ endpoint that takes protocol marks from programs, such as tcp://127.0.0.1:5557.")
    var marks: String?

    @Option(help: "Who corrects events at the page; default: the user's name on this computer.")
    var reviewer: String?

    func validate() throws { try ReviewerName.check(reviewer) }

    /// The page, unless it is left out.
    ///
    /// - Parameters:
    ///   - model: Path of the model; nil for the one that ships.
    ///   - session: What detects.
    ///   - security: Who may set marks.
    ///   - context: The ZeroMQ library.
    ///   - arm: Carries out what a viewer wants of a trigger rule.
    ///   - draw: Carries out what a viewer wants of the drawn regions.
    /// - Returns: The page; nil if it is left out.
    /// - Throws: `DashboardError` or `StreamError` if an address cannot be listened on.
    func part(
        model: String?,
        session: DetectionSession.Configuration,
        security: SocketSecurity,
        context: ZeroMQContext,
        arm: @escaping @Sendable (TriggerArming) -> Void,
        draw: @escaping @Sendable (RegionChange) -> Void
    ) throws -> PagePart? {
        guard page || marks == nil else {
            throw ValidationError("--marks needs the page, which counts from mark to mark: leave out --no-page.")
        }
        guard page else { return nil }
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
        var configuration = place.configuration
        configuration.reviewer = reviewer ?? ReviewerName.ofUser
        return try PagePart(
            configuration,
            detector: detector,
            marks: marks,
            security: security,
            context: context,
            arm: arm,
            draw: draw
        )
    }
}
