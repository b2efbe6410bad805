import CKernels

/// Threads that share the tasks of one job at a time; who brings a job works along.
///
/// Several networks may share one: their layers take turns, so that two microscopes do not need twice the threads.
package final class WorkerPool: Sendable {
    // Sound: callers take turns within.
    nonisolated(unsafe) let handle: OpaquePointer
    /// Number of threads, the caller's included.
    package let threads: Int

    /// - Parameter threads: number of threads, the caller's included.
    /// - Throws: ``UNetError/threadsUnavailable(count:)``.
    /// - Precondition: At least one.
    package init(threads: Int) throws(UNetError) {
        precondition(threads > 0, "somebody has to compute")
        guard let handle = ckernels_pool_create(Int32(threads)) else { throw .threadsUnavailable(count: threads) }
        self.handle = handle
        self.threads = threads
    }

    deinit {
        ckernels_pool_destroy(handle)
    }
}

extension WorkerPool: Equatable {
    /// The very same threads.
    package static func == (one: WorkerPool, other: WorkerPool) -> Bool { one === other }
}
