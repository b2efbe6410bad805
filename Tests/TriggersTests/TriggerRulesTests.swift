import Foundation
import Imaging
import TestSupport
import Testing
import Triggers

@Suite("Files of trigger rules")
struct TriggerRulesTests {
    static func rules(_ text: String) throws -> TriggerRules { try TriggerRules(Data(text.utf8), path: "rules.json5") }

    @Test func theShippedExampleIsValid() throws {
        let rules = try TriggerRules(PackagePaths.root.appending(path: "Config/triggers.json5"))
        #expect(rules.rules.map(\.name) == ["wave"])
        #expect(rules.needsProvisional(.wave) && !rules.needsProvisional(.spark))
        #expect(rules.rules[0].confidence == Threshold(on: 0.88, off: 0.7))
    }

    /// The comments of the example are keys and actions too.
    @Test func theShippedExampleIsValidWithEveryCommentedKey() throws {
        let url = PackagePaths.root.appending(path: "Config/triggers.json5")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
            let text = line.trimmingCharacters(in: .whitespaces)
            let isKey = text.hasPrefix("// ") && text.contains(": ") && text.contains(",")
            return isKey && text.dropFirst(3).first.map { $0 == "{" || $0.isLowercase } == true
                ? String(text.dropFirst(3)) : String(line)
        }
        let text = lines.joined(separator: "\n").replacing("/usr/local/bin/wave-arrived", with: "/bin/true")
        let rule = try #require(try Self.rules(text).rules.first)
        #expect(rule.actions.count == 6)
        let keys = TriggerAction.KeyPaths(
            secret: "/home/me/keys/rig.key_secret",
            server: "/home/me/keys/stage.key"
        )
        let retries = TriggerAction.Retries()
        #expect(rule.actions[1] == .request(endpoint: "tcp://stage:5560", keys: keys, retries: retries))
        #expect(rule.rate?.events == 5 && rule.rate?.withinMilliseconds == 1000 && rule.rate?.release == 2)
        #expect(rule.speedMicrometresPerSecond == Threshold(20) && rule.box == [0, 100, 64, 400])
        #expect(rule.maximumCount == 10)
    }

    /// Foundation's JSON5 ended the process.
    @Test func aFileThatIsNoTextIsRefused() {
        let bytes = Data("{ ".utf8) + [0xFF, 0xFF, 0xFF] + Data("s: [] }".utf8)
        #expect(throws: TriggerError.malformed(path: "rules", reason: "the file is not text in UTF-8")) {
            try TriggerRules(bytes, path: "rules")
        }
    }

    @Test(arguments: [
        ("[]", "does not hold trigger rules"),
        ("{ rules: [] }", "0 rules"),
        ("{ rulez: [] }", "unknown key 'rulez'"),
        ("{ rules: [{ name: \"a\" }] }", "the key 'class' is missing"),
        ("{ rules: [{ name: \"a\", class: \"wavelet\" }] }", "class 'wavelet' is none of"),
        ("{ rules: [{ name: \"a b\", class: \"wave\" }] }", "a name has"),
        ("{ rules: [{ name: \"a\", class: \"wave\", confidense: 1 }] }", "unknown key 'confidense'"),
        ("{ rules: [{ name: \"a\", class: \"wave\", confidence: 2 }] }", "confidence is 2"),
        ("{ rules: [{ name: \"a\", class: \"wave\", areaUm2: { on: 1, off: 2 } }] }", "areaUm2: off is 2"),
        ("{ rules: [{ name: \"a\", class: \"wave\", regionPx: [1, 2, 1, 4] }] }", "regionPx is"),
        ("{ rules: [{ name: \"a\", class: \"wave\", cell: 0 }] }", "cell is 0"),
        ("{ rules: [{ name: \"a\", class: \"wave\", dwellMs: -1 }] }", "dwellMs is -1"),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", rate: { events: 3, withinMs: 10, release: 3 } }] }",
            "rate.release"
        ),
        ("{ rules: [{ name: \"a\", class: \"wave\" }, { name: \"a\", class: \"wave\" }] }", "two rules have this name"),
        ("{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"mail\" }] }] }", "action 'mail' is none of"),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"request\", endpoint: \"here\" }] }] }",
            "endpoint is 'here'"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"serial\", device: \"COM3\", send: \"W\" }] }] }",
            "device is 'COM3'"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"serial\", device: \"/dev/x\", send: \"\" }] }] }",
            "send is 0 bytes"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", "
                + "actions: [{ type: \"serial\", device: \"/dev/x\", send: \"W\", baud: 7 }] }] }",
            "baud is 7"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"request\", endpoint: \"tcp://127.0.0.1\" }] }] }",
            "endpoint is 'tcp://127.0.0.1'"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"request\", endpoint: \"tcp://127.0.0.1:99999\" }] }] }",
            "a port of 1 to 65535"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"http\", url: \"http://\" }] }] }",
            "'http://' is no address"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"command\", program: \"/bin/true\", attempts: 2 }] }] }",
            "has no key 'attempts'"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", "
                + "actions: [{ type: \"request\", endpoint: \"tcp://stage:5560\", key: \"/k\" }] }] }",
            "key and serverKey go together"
        ),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", "
                + "actions: [{ type: \"request\", endpoint: \"tcp://stage:5560\", key: \"/k\", serverKey: \"k.key\" }] }] }",
            "serverKey is 'k.key'; give its whole path"
        ),
        ("{ rules: [{ name: \"a\", class: \"wave\", tier: \"early\" }] }", "tier 'early' is none of"),
        (
            "{ rules: [{ name: \"a\", class: \"wave\", actions: [{ type: \"command\", program: \"/no/such\" }] }] }",
            "'/no/such' is not an executable file"
        ),
    ])
    func faultsAreNamed(text: String, message: String) {
        do {
            _ = try Self.rules(text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}
