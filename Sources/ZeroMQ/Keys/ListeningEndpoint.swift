import Imaging

/// How far an endpoint can be reached.
package enum ListeningEndpoint {
    /// True if nobody but programs of this computer can connect: `tcp://` with a loopback address or its name, `ipc://`,
    /// `inproc://`.
    package static func isOfThisComputer(_ endpoint: String) -> Bool {
        if endpoint.hasPrefix("ipc://") || endpoint.hasPrefix("inproc://") { return true }
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return false }
        let host = endpoint[endpoint.index(endpoint.startIndex, offsetBy: 6)..<colon]
            .trimmingPrefix("[").prefix { $0 != "]" }
        return ["localhost", "lo"].contains(host.lowercased()) || IPAddress.isLoopback(String(host))
    }
}
