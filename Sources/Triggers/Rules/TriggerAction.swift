package import Foundation
import Imaging

/// What a rule does when it fires, besides the message on `trigger.fired`.
package enum TriggerAction: Sendable, Equatable {
    /// Sends the trigger as JSON to a ZeroMQ REP socket and waits for the answer; with keys, to a peer that demands them.
    case request(endpoint: String, keys: KeyPaths? = nil, retries: Retries)
    /// Sets a TTL line of the Open Ephys GUI (Network Events) high, and low again after the pulse.
    case openEphys(endpoint: String, line: Int, pulseMilliseconds: Double, retries: Retries)
    /// Sends the trigger as JSON in an HTTP POST; the header `Idempotency-Key` holds its identifier.
    case http(url: URL, retries: Retries)
    /// Sends a line of text over a serial port and waits for a line that begins as expected; nil waits for none.
    case serial(device: String, baud: Int, send: String, expect: String?, retries: Retries)
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

    /// Files with the keys of a connection.
    package struct KeyPaths: Sendable, Equatable {
        /// Our own secret key.
        package var secret: String
        /// The peer's public key.
        package var server: String

        package init(secret: String, server: String) {
            self.secret = secret
            self.server = server
        }
    }

    /// The action in words, for messages.
    package var name: String {
        switch self {
        case .request(let endpoint, _, _): "request \(endpoint)"
        case .openEphys(let endpoint, let line, _, _): "openEphys \(endpoint) line \(line)"
        case .http(let url, _): "http \(url.absoluteString)"
        case .serial(let device, _, let text, _, _): "serial \(device) '\(text)'"
        case .command(let program, _, _): "command \(program)"
        }
    }
}

extension TriggerAction: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case type, endpoint, key, serverKey, line, url, program, arguments, device, baud, send, expect
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
            self = .request(
                endpoint: try container.decode(String.self, forKey: .endpoint),
                keys: try Self.keys(in: container),
                retries: retries
            )
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
        case "serial":
            self = .serial(
                device: try container.decode(String.self, forKey: .device),
                baud: try container.decodeIfPresent(Int.self, forKey: .baud) ?? 115_200,
                send: try container.decode(String.self, forKey: .send),
                expect: try container.decodeIfPresent(String.self, forKey: .expect),
                retries: retries
            )
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
                debugDescription: "action '\(type)' is none of request, openEphys, http, serial, command"
            )
        }
    }

    private static func keys(in container: KeyedDecodingContainer<CodingKeys>) throws -> KeyPaths? {
        let secret = try container.decodeIfPresent(String.self, forKey: .key)
        let server = try container.decodeIfPresent(String.self, forKey: .serverKey)
        switch (secret, server) {
        case (let secret?, let server?): return KeyPaths(secret: secret, server: server)
        case (nil, nil): return nil
        default:
            throw DecodingError.dataCorruptedError(
                forKey: secret == nil ? .key : .serverKey,
                in: container,
                debugDescription: "key and serverKey go together: our secret key, and the public key of the other side"
            )
        }
    }

    private static let knownKeys: [String: [CodingKeys]] = [
        "request": [.endpoint, .key, .serverKey, .timeoutMilliseconds, .attempts],
        "openEphys": [.endpoint, .line, .pulseMilliseconds, .timeoutMilliseconds, .attempts],
        "http": [.url, .timeoutMilliseconds, .attempts],
        "serial": [.device, .baud, .send, .expect, .timeoutMilliseconds, .attempts],
        "command": [.program, .arguments, .timeoutMilliseconds],
    ]

    /// Refuses a key that means nothing for the type of action.
    private static func checkKeys(of container: KeyedDecodingContainer<CodingKeys>) throws {
        let type = try container.decode(String.self, forKey: .type)
        guard let known = knownKeys[type],
            let stray = container.allKeys.first(where: { $0 != .type && !known.contains($0) })
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
        case .request(let endpoint, let keys, let retries): Self.fault(endpoint) ?? keys?.fault ?? retries.fault
        case .openEphys(let endpoint, let line, let pulse, let retries):
            Self.fault(endpoint) ?? retries.fault
                ?? ((1...256).contains(line) ? nil : "line is \(line); use 1 to 256")
                ?? ((0...10_000).contains(pulse) ? nil : "pulseMs is \(pulse); use 0 to 10000")
        case .http(_, let retries): retries.fault
        case .serial(let device, let baud, let text, let expected, let retries):
            retries.fault
                ?? (device.hasPrefix("/") ? nil : "device is '\(device)'; give its whole path, like /dev/ttyACM0")
                ?? (Self.bauds.contains(baud)
                    ? nil : "baud is \(baud); use one of \(Self.bauds.map(String.init).joined(separator: ", "))")
                ?? Self.fault(ofLine: text, named: "send")
                ?? expected.flatMap { Self.fault(ofLine: $0, named: "expect") }
        case .command(let program, _, let timeout):
            FileManager.default.isExecutableFile(atPath: program)
                ? (1...600_000).contains(timeout) ? nil : "timeoutMs is \(timeout); use 1 to 600000"
                : "'\(program)' is not an executable file; give its whole path"
        }
    }

    /// Speeds that boards have.
    private static let bauds = [9600, 19200, 38400, 57600, 115_200, 230_400]

    private static func fault(ofLine text: String, named key: String) -> String? {
        (1...200).contains(text.utf8.count) && !text.contains(where: \.isNewline)
            ? nil : "\(key) is \(text.utf8.count) bytes long or has an end of line; use 1 to 200 bytes of one line"
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

extension TriggerAction.KeyPaths {
    fileprivate var fault: String? {
        [("key", secret), ("serverKey", server)].first { !$0.1.hasPrefix("/") }.map { key, path in
            "\(key) is '\(path)'; give its whole path, like /home/me/.config/sparkwatch/keys/stage.key"
        }
    }
}

extension TriggerAction.Retries {
    fileprivate var fault: String? {
        if !(1...60_000).contains(timeoutMilliseconds) { return "timeoutMs is \(timeoutMilliseconds); use 1 to 60000" }
        if !(1...20).contains(attempts) { return "attempts is \(attempts); use 1 to 20" }
        return nil
    }
}
