package import Imaging
import Session
import Synchronization
package import Triggers
import Wire

/// The regions that are drawn: kept here, published, and told to whoever counts in them or acts on what happens there.
package final class RegionPart: SpeakingPart {
    private let contents: Mutex<Contents>

    private struct Contents {
        var regions: [DrawnRegion]
        var watchers: [any RegionWatchingPart] = []
        weak var desk: (any LiveDesk)?
    }

    /// What rules want of regions.
    private let rules: TriggerRules?

    /// - Parameters:
    ///   - regions: those that are drawn at the start.
    ///   - rules: which may name regions.
    package init(_ regions: [DrawnRegion], rules: TriggerRules?) {
        contents = Mutex(Contents(regions: regions))
        self.rules = rules
    }

    /// Says who has to know of the regions.
    package func watched(by watchers: [any RegionWatchingPart]) { contents.withLock { $0.watchers = watchers } }

    package var introduction: [String] {
        let names = contents.withLock { $0.regions.map(\.name) }
        return names.isEmpty ? [] : ["regions: \(names.joined(separator: ", "))"]
    }

    package func speak(through desk: any LiveDesk) {
        contents.withLock { contents in
            contents.desk = desk
            if !contents.regions.isEmpty { Self.tell(contents, origin: .file) }
            warn(contents, since: nil)
        }
    }

    /// Does what somebody at the page wants; what changes nothing, and a region too many, is left out.
    package func change(_ change: RegionChange) {
        contents.withLock { contents in
            guard let regions = change.applied(to: contents.regions) else { return }
            let before = contents.regions
            contents.regions = regions
            Self.tell(contents, origin: .page)
            let text =
                switch change {
                case .draw(let region): "region \"\(region.name)\" is drawn"
                case .remove(let name): "region \"\(name)\" is gone"
                }
            contents.desk?.note(text)
            warn(contents, since: before)
        }
    }

    /// In the order of the changes, as the lock is held; nobody who is told waits.
    private static func tell(_ contents: Contents, origin: RegionsMessage.Origin) {
        for watcher in contents.watchers { watcher.regionsChanged(contents.regions) }
        contents.desk?.publish([RegionsMessage(contents.regions, origin: origin)])
    }

    /// Names rules whose region is not there, and was before.
    private func warn(_ contents: Contents, since before: [DrawnRegion]?) {
        let known = before.map { Set(rules?.missing(in: $0).map(\.rule) ?? []) } ?? []
        for (rule, region) in rules?.missing(in: contents.regions) ?? [] where !known.contains(rule) {
            let text = "rule '\(rule)' waits for region '\(region)', which is not drawn: it does not fire until it is"
            contents.desk?.publish([StatusMessage(Health(status: .notice, code: .regionMissing, message: text))])
            contents.desk?.note(text)
        }
    }
}
