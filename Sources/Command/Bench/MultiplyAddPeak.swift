import CKernels
import UNet

/// Measures how many multiply-adds the processor does at best, with so many threads of one instruction set.
struct MultiplyAddPeak: ~Copyable {
    private let pool: OpaquePointer
    private let threads: Int
    private let isa: CKernelsISA

    /// Tasks per thread: a thread that is held up leaves its own to the others.
    private static let tasksPerThread = 8
    /// A few milliseconds of all threads: long enough to wake them up, short beside a stride.
    private static let rounds: Int32 = 128

    init(threads: Int, isa: CKernelsISA) throws(UNetError) {
        guard let pool = ckernels_pool_create(Int32(threads)) else { throw .threadsUnavailable(count: threads) }
        self.pool = pool
        self.threads = threads
        self.isa = isa
    }

    deinit { ckernels_pool_destroy(pool) }

    /// The rate of all threads together, in 10^9 floating-point operations per second.
    func measure() -> Double {
        let started = ContinuousClock.now
        let operations = ckernels_multiply_add(pool, isa, Int32(threads * Self.tasksPerThread), Self.rounds)
        return Double(operations) / (ContinuousClock.now - started).seconds / 1e9
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
    var milliseconds: Double { self / .milliseconds(1) }
}
