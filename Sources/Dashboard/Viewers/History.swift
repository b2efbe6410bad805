package import Foundation

/// What a viewer who comes late is told: the state of now, and the last events and notices, in bounded memory.
package struct History {
    /// What is to be remembered of a message.
    package enum Memory: Equatable {
        /// Nothing.
        case none
        /// Itself, until something of the same name comes.
        case latest(String)
        /// Itself, until there are too many.
        case chronicle
    }

    private static let capacity = 600
    private static let byteCapacity = 4 << 20

    private var states: [(name: String, json: Data)] = []
    private var chronicle: [Data] = []
    private var chronicleBytes = 0

    package init() {}

    /// States first, then the chronicle from old to new.
    package var messages: [Data] { states.map(\.json) + chronicle }

    package mutating func record(_ json: Data, as memory: Memory) {
        switch memory {
        case .none: break
        case .latest(let name):
            if let index = states.firstIndex(where: { $0.name == name }) {
                states[index].json = json
            } else {
                states.append((name, json))
            }
        case .chronicle:
            chronicle.append(json)
            chronicleBytes += json.count
            // In chunks: taking out the first of many one by one would move all others each time.
            guard chronicle.count > Self.capacity || chronicleBytes > Self.byteCapacity else { return }
            let surplus = chronicle.prefix(Self.capacity / 6)
            chronicleBytes -= surplus.reduce(0) { $0 + $1.count }
            chronicle.removeFirst(surplus.count)
        }
    }
}
