import Synchronization

/// Something that one thread makes and another one takes, once.
final class Handover<Value>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: sending Value?) { self.value = Mutex(value) }

    /// The value; nil if there was none, or somebody has taken it.
    func take() -> sending Value? {
        value.withLock { value in
            defer { value = nil }
            return value
        }
    }
}
