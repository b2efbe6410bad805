internal import CKernels

/// What the C library keeps of freed memory.
///
/// It would grow for days by small pieces between others that are in use.
struct HeapReserve {
    private static let patience = Duration.seconds(60)

    private var released = ContinuousClock.now

    /// Gives it back to the system, once a minute; called often.
    mutating func update() {
        guard released.duration(to: .now) >= Self.patience else { return }
        ckernels_release_heap_reserve()
        released = .now
    }
}
