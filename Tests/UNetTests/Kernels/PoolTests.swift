import CKernels
import Synchronization
import Testing

@Suite struct PoolTests {
    private final class Job {
        let runs: [Counter]
        let threads: Range<Int32>
        init(tasks: Int, threads: Int32) {
            runs = (0..<tasks).map { _ in Counter() }
            self.threads = 0..<threads
        }
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// Workers that sleep, spin or come too late: every task of every job runs once, before the job ends, and knows
    /// its thread.
    @Test(arguments: [1, 2, 3, 8])
    func everyTaskRunsOnce(threads: Int32) throws {
        let pool = try #require(ckernels_pool_create(threads))
        defer { ckernels_pool_destroy(pool) }
        for round in 0..<2000 {
            let tasks = round % 13
            let job = Job(tasks: tasks, threads: threads)
            ckernels_pool_run(
                pool,
                { argument, task, thread in
                    guard let argument else { return }
                    let job = Unmanaged<Job>.fromOpaque(argument).takeUnretainedValue()
                    guard job.threads.contains(thread) else { return }
                    job.runs[Int(task)].value.add(1, ordering: .relaxed)
                },
                Unmanaged.passUnretained(job).toOpaque(),
                Int32(tasks)
            )
            #expect(job.runs.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        }
    }
}
