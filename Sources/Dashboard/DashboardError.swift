/// Why a page cannot be shown.
package enum DashboardError: Error, Equatable, CustomStringConvertible {
    /// The address is no IPv4 or IPv6 address of this computer.
    case invalidAddress(String)
    /// Another program listens there.
    case portsInUse(address: String, ports: ClosedRange<Int>)
    /// The operating system refuses for another reason.
    case cannotListen(address: String, port: Int, reason: String)
    /// The folder with the page's files lacks its first one.
    case pageMissing(folder: String, name: String)

    package var description: String {
        switch self {
        case .invalidAddress(let address):
            "\(address) is not an IP address of this computer. Use 127.0.0.1 for this computer alone, 0.0.0.0 for all "
                + "networks."
        case .portsInUse(let address, let ports):
            "Another program listens on \(address), port \(ports.lowerBound)"
                + (ports.count > 1 ? " to \(ports.upperBound)" : "")
                + ". Choose another with --page-port, 0 for any free one."
        case .cannotListen(let address, let port, let reason):
            "The page cannot be served on \(address), port \(port): \(reason). Choose another with --page-address "
                + "and --page-port."
        case .pageMissing(let folder, let name):
            "\(folder) holds no \(name). Run `make install` again."
        }
    }
}
