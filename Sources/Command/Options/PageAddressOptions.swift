import ArgumentParser
import Dashboard
import Foundation

/// Where a page is served, and to whom.
struct PageAddressOptions: ParsableArguments {
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

    var configuration: DashboardConfiguration {
        var configuration = DashboardConfiguration(
            address: pageAddress,
            token: pageToken,
            publicOrigin: pageOrigin.flatMap(PublicOrigin.init),
            pageFolder: InstalledFiles.pageFolder
        )
        configuration.port = pagePort
        return configuration
    }
}
