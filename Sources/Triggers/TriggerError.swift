/// What can be wrong with rules and with what they ask for.
package enum TriggerError: Error, Equatable {
    case unreadable(path: String, reason: String)
    case tooLarge(path: String, byteCount: Int)
    /// Not JSON5 of the right form.
    case malformed(path: String, reason: String)
    /// A rule holds a value out of range.
    case invalid(path: String, rule: String, reason: String)
    /// A rule waits for provisional events that are not announced.
    case notAnnounced(eventClass: String)
    /// A rule names a region that nobody has drawn.
    case notDrawn(rule: String, region: String)
}

extension TriggerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason) Check the path."
        case .tooLarge(let path, let byteCount):
            "\(path) has \(byteCount) bytes; rules have at most 1 MiB. Is it the right file?"
        case .malformed(let path, let reason):
            "\(path) does not hold trigger rules: \(reason). Compare it with Config/triggers.json5."
        case .invalid(let path, let rule, let reason): "\(path), rule '\(rule)': \(reason)."
        case .notAnnounced(let eventClass):
            "a rule waits for provisional \(eventClass)s, which are not announced: use --provisional all, or the final "
                + "tier in the rule."
        case .notDrawn(let rule, let region):
            "rule '\(rule)' names region '\(region)', which is not drawn: give it in a file with --regions, or under "
                + "`regions` in the file of the rules."
        }
    }
}
