/// What can go wrong between this program and the outside world.
///
/// Every message names the value at fault and ends with what to do about it.
package enum StreamError: Error, Equatable {
    /// Another process listens on the endpoint already.
    case addressInUse(endpoint: String)
    /// The host of the endpoint is not an address of this machine.
    case addressNotAvailable(endpoint: String)
    /// The text is not an endpoint that ZeroMQ understands.
    case invalidEndpoint(endpoint: String)
    /// The ZeroMQ context was shut down while a call waited.
    case contextTerminated
    /// Any other failure of libzmq: what we were doing, and its error number and text.
    case socketFailed(operation: String, code: Int32, reason: String)
}

extension StreamError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .addressInUse(let endpoint):
            "address in use: another program listens on \(endpoint). "
                + "Stop it (`ss -ltnp` shows which one it is), or choose another port."
        case .addressNotAvailable(let endpoint):
            "cannot listen on \(endpoint): its host is not an address of this machine. "
                + "Use 127.0.0.1 for programs on this machine, * for all network interfaces."
        case .invalidEndpoint(let endpoint):
            "\"\(endpoint)\" is not a ZeroMQ endpoint. Write it as tcp://host:port with a port up to 65535, "
                + "for example tcp://127.0.0.1:5556."
        case .contextTerminated:
            "the ZeroMQ context was shut down. Stop using its sockets."
        case .socketFailed(let operation, let code, let reason):
            "ZeroMQ could not \(operation): \(reason) (error \(code)). Check the endpoint and the socket options."
        }
    }
}
