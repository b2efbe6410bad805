import CKernels

/// Threads that share the tasks of one job at a time; used by one thread, which works along.
final class WorkerPool {
    let handle: OpaquePointer

    /// - Parameter threads: number of threads, the caller's included.
    /// - Throws: ``UNetError/threadsUnavailable(count:)``.
    init(threads: Int) throws(UNetError) {
        guard let handle = ckernels_pool_create(Int32(threads)) else { throw .threadsUnavailable(count: threads) }
        self.handle = handle
    }

    deinit {
        ckernels_pool_destroy(handle)
    }
}
