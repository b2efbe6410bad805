package import Foundation

/// What a rule does when it fires, besides the message on `trigger.fired`.
package enum TriggerAction: Sendable, Equatable {
    /// Sends the trigger as JSON to a ZeroMQ REP socket and waits for the answer.
    case request(endpoint: String, retries: Retries)
    /// Sets a TTL line of the Open Ephys GUI (Network Events) high, and low again after the pulse.
    case openEphys(endpoint: String, line: Int, pulseMilliseconds: Double, retries: Retries)
    /// Sends the trigger as JSON in an HTTP POST; the header `Idempotency-Key` holds its identifier.
    case http(url: URL, retries: Retries)
    /// Runs a program; the environment variable `SPARKWATCH_TRIGGER` holds the trigger as JSON.
    case command(program: String, arguments: [String], timeoutMilliseconds: Int)

    /// How long to wait for an acknowledgement, and how often to ask for it.
    package struct Retries: Sendable, Equatable {
        package var timeoutMilliseconds: Int
        package var attempts: Int

        package init(timeoutMilliseconds: Int = 250, attempts: Int = 3) {
            self.timeoutMilliseconds = timeoutMilliseconds
            self.attempts = attempts
        }
    }

    /// The action in words, for messages.
    package var name: String {
        switch self {
        case .request(let endpoint, _): "request \(endpoint)"
        case .openEphys(let endpoint, let line, _, _): "openEphys \(endpoint) line \(line)"
        case .http(let url, _): "http \(url.absoluteString)"
        case .command(let program, _, _): "command \(program)"
        }
    }
}

extension TriggerAction: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case type, endpoint, line, url, program, arguments
        case pulseMilliseconds = "pulseMs"
        case timeoutMilliseconds = "timeoutMs"
        case attempts
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        try Self.checkKeys(of: container)
        let timeout = try container.decodeIfPresent(Int.self, forKey: .timeoutMilliseconds)
        let retries = Retries(
            timeoutMilliseconds: timeout ?? 250,
            attempts: try container.decodeIfPresent(Int.self, forKey: .attempts) ?? 3
        )
        switch try container.decode(String.self, forKey: .type) {
        case "request":
            self = .request(endpoint: try container.decode(String.self, forKey: .endpoint), retries: retries)
        case "openEphys":
            self = .openEphys(
                endpoint: try container.decode(String.self, forKey: .endpoint),
                line: try container.decode(Int.self, forKey: .line),
                pulseMilliseconds: try container.decodeIfPresent(Double.self, forKey: .pulseMilliseconds) ?? 10,
                retries: retries
            )
        case "http":
            let text = try container.decode(String.self, forKey: .url)
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false
            else {
                throw DecodingError.dataCorruptedError(
                    forKey: .url,
                    in: container,
                    debugDescription: "'\(text)' is no address of the form http://host:port/path"
                )
            }
            self = .http(url: url, retries: retries)
        case "command":
            self = .command(
                program: try container.decode(String.self, forKey: .program),
                arguments: try container.decodeIfPresent([String].self, forKey: .arguments) ?? [],
                timeoutMilliseconds: timeout ?? 5000
            )
        case let type:
            throw DecodingError.dataCorruptedError(
                forKey: .type,
                in: container,
                debugDescription: "action '\(type)' is none of request, openEphys, http, command"
            )
        }
    }

    private static let keys: [String: [CodingKeys]] = [
        "request": [.endpoint, .timeoutMilliseconds, .attempts],
        "openEphys": [.endpoint, .line, .pulseMilliseconds, .timeoutMilliseconds, .attempts],
        "http": [.url, .timeoutMilliseconds, .attempts],
        "command": [.program, .arguments, .timeoutMilliseconds],
    ]

    /// Refuses a key that means nothing for the type of action.
    private static func checkKeys(of container: KeyedDecodingContainer<CodingKeys>) throws {
        let type = try container.decode(String.self, forKey: .type)
        guard let known = keys[type], let stray = container.allKeys.first(where: { $0 != .type && !known.contains($0) })
        else { return }
        throw DecodingError.dataCorruptedError(
            forKey: stray,
            in: container,
            debugDescription: "an action of type '\(type)' has no key '\(stray.stringValue)'; it has "
                + known.map(\.stringValue).joined(separator: ", ")
        )
    }

    /// What is wrong with the values; nil if nothing is.
    var fault: String? {
        switch self {
        case .request(let endpoint, let retries): Self.fault(endpoint) ?? retries.fault
        case .openEphys(let endpoint, let line, let pulse, let retries):
            Self.fault(endpoint) ?? retries.fault
                ?? ((1...256).contains(line) ? nil : "line is \(line); use 1 to 256")
                ?? ((0...10_000).contains(pulse) ? nil : "pulseMs is \(pulse); use 0 to 10000")
        case .http(_, let retries): retries.fault
        case .command(let program, _, let timeout):
            FileManager.default.isExecutableFile(atPath: program)
                ? (1...600_000).contains(timeout) ? nil : "timeoutMs is \(timeout); use 1 to 600000"
                : "'\(program)' is not an executable file; give its whole path"
        }
    }

    private static func fault(_ endpoint: String) -> String? {
        if endpoint.hasPrefix("ipc://"), endpoint.count > 6 { return nil }
        let address = endpoint.hasPrefix("tcp://") ? endpoint.dropFirst(6) : ""
        let colon = address.lastIndex(of: ":")
        let port = colon.flatMap { Int(address[address.index(after: $0)...]) } ?? 0
        let hasHost = colon.map { $0 > address.startIndex } ?? false
        return hasHost && (1...65_535).contains(port)
            ? nil : "endpoint is '\(endpoint)'; write it as tcp://host:port, with a port of 1 to 65535"
    }
}

extension TriggerAction.Retries {
    fileprivate var fault: String? {
        if !(1...60_000).contains(timeoutMilliseconds) { return "timeoutMs is \(timeoutMilliseconds); use 1 to 60000" }
        if !(1...20).contains(attempts) { return "attempts is \(attempts); use 1 to 20" }
        return nil
    }
}
