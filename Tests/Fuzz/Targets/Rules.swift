import Foundation
import Triggers
import ZeroMQ

extension FuzzTarget {
    private static let keyFile = FuzzedFile(named: "client.key_secret")

    /// Files that users write.
    static let rules = [
        FuzzTarget(name: "trigger-rules", largestByteCount: 4096) { bytes in
            do throws(TriggerError) {
                let rules = try TriggerRules(Data(bytes), path: "fuzzed")
                _ = TriggerEngine(rules).status
            } catch {
                precondition(!"\(error)".isEmpty, "an error says something")
            }
        },
        FuzzTarget(name: "key-file", largestByteCount: 1024) { bytes in
            keyFile.write(bytes)
            _ = try? KeyFile.publicKey(at: keyFile.path)
            _ = try? KeyFile.pair(at: keyFile.path)
        },
    ]
}
