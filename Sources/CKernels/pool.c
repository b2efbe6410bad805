#define _GNU_SOURCE
#include "CKernelsPool.h"
#include "placement.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    /// Looks at the gate before a worker goes to sleep: some tens of microseconds, longer than the gap between two
    /// layers, shorter than that between two strides.
    SPINS_BEFORE_SLEEP = 4000,
    /// Looks at the gate before the caller goes to sleep, too: longer than most tasks. A worker that is still inside then
    /// waits for its processor and is fetched to the caller's, which is idle now.
    SPINS_BEFORE_WAIT = 2000,
    /// Looks at the gate between two looks at the time that a worker has run: one that runs is seen to.
    SPINS_TO_TELL = 500,
};

/// The gate through which workers come to a job: its number in the upper half, then whether it is closed, then how
/// many workers are inside. A worker that wakes up too late finds it closed, and nobody waits for it.
enum : uint64_t { INSIDE_ONE = 1, CLOSED = 1u << 31, INSIDE_MASK = CLOSED - 1, JOB_ONE = (uint64_t)1 << 32 };

typedef struct {
    struct CKernelsPool *pool;
    pthread_t thread;
    /// From 1; 0 is the caller.
    int32_t number;
    _Atomic ThreadID id;
    atomic_int is_inside;
    /// What the caller saw last of the time that the worker has run.
    int64_t time_run;
} Worker;

struct CKernelsPool {
    CKernelsTask run;
    void *job;
    int32_t tasks;
    int32_t worker_count;
    Worker *workers;
    /// Read and changed by the caller alone.
    Placement placement;
    /// Held by the caller whose job it is.
    pthread_mutex_t turn;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_cond_t done;
    _Alignas(64) atomic_uint_fast64_t gate;
    _Alignas(64) atomic_int next_task;
    _Alignas(64) atomic_int sleepers;
    /// Whether the caller sleeps until the last worker has left.
    atomic_int caller_waits;
    atomic_int ends;
};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline uint64_t job_number(uint64_t gate) { return gate / JOB_ONE; }

static void take_tasks(CKernelsPool *pool, int32_t thread) {
    for (;;) {
        int32_t task = atomic_fetch_add_explicit(&pool->next_task, 1, memory_order_relaxed);
        if (task >= pool->tasks) return;
        pool->run(pool->job, task, thread);
    }
}

static void sleep_until_next(CKernelsPool *pool, uint64_t seen) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (job_number(atomic_load(&pool->gate)) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

/// Enters the gate of a newer job than the one seen; returns its number, and whether it was still open.
static uint64_t enter_next(CKernelsPool *pool, uint64_t seen, int *is_open) {
    int spins = 0;
    for (;;) {
        uint64_t gate = atomic_load_explicit(&pool->gate, memory_order_acquire);
        if (job_number(gate) == seen) {
            if (++spins < SPINS_BEFORE_SLEEP)
                pause_briefly();
            else
                sleep_until_next(pool, seen);
            continue;
        }
        *is_open = !(gate & CLOSED);
        if (!*is_open || atomic_compare_exchange_weak(&pool->gate, &gate, gate + INSIDE_ONE)) return job_number(gate);
    }
}

/// Leaves the gate. The caller sleeps only after it has said so and then looked at the gate, in that order; here the order
/// is the opposite, so that it never sleeps on.
static void leave(CKernelsPool *pool) {
    const uint64_t before = atomic_fetch_sub(&pool->gate, INSIDE_ONE);
    if ((before & INSIDE_MASK) != INSIDE_ONE || !atomic_load(&pool->caller_waits)) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
    Worker *worker = argument;
    CKernelsPool *pool = worker->pool;
    atomic_store(&worker->id, own_thread());
    uint64_t seen = 0;
    for (;;) {
        int is_open;
        seen = enter_next(pool, seen, &is_open);
        if (atomic_load(&pool->ends)) return NULL;
        if (!is_open) continue;
        atomic_store(&worker->is_inside, 1);
        take_tasks(pool, worker->number);
        atomic_store(&worker->is_inside, 0);
        leave(pool);
    }
}

/// Opens the gate of the next job. A worker goes to sleep only after it has counted itself as a sleeper and then
/// looked at the gate, in that order; here the order is the opposite, so that none is missed.
static void open_gate(CKernelsPool *pool) {
    uint64_t gate = atomic_load(&pool->gate);
    atomic_store(&pool->gate, (job_number(gate) + 1) * JOB_ONE);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

static void keep_workers_off_avoided(CKernelsPool *pool) {
    for (int32_t i = 0; i < pool->worker_count; i++) {
        const ThreadID worker = atomic_load(&pool->workers[i].id);
        if (worker) keep_off_avoided(&pool->placement, worker);
    }
}

static int somebody_is_inside(CKernelsPool *pool) { return (atomic_load(&pool->gate) & INSIDE_MASK) != 0; }

/// Looks at the gate until nobody is inside; says whether that came.
static int empties(CKernelsPool *pool, int looks) {
    for (int look = 0; look < looks; look++) {
        if (!somebody_is_inside(pool)) return 1;
        pause_briefly();
    }
    return 0;
}

/// Fetches those workers inside that do not run, though they could; says whether there are any.
static int fetch_lost_workers(CKernelsPool *pool) {
    int fetched = 0;
    for (int32_t i = 0; i < pool->worker_count; i++) pool->workers[i].time_run = time_run(pool->workers[i].thread);
    if (empties(pool, SPINS_TO_TELL)) return 0;
    for (int32_t i = 0; i < pool->worker_count; i++) {
        Worker *worker = &pool->workers[i];
        if (!atomic_load(&worker->is_inside) || time_run(worker->thread) != worker->time_run) continue;
        if (!fetched && !placement_is_held(&pool->placement)) return 0;
        fetch_to(pool->placement.avoided, atomic_load(&worker->id));
        fetched = 1;
    }
    return fetched;
}

/// Closes the gate and waits for the workers inside.
static void close_gate(CKernelsPool *pool) {
    atomic_fetch_or(&pool->gate, CLOSED);
    if (empties(pool, SPINS_BEFORE_WAIT)) return;
    const int is_held = fetch_lost_workers(pool);
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_waits, 1);
    while (somebody_is_inside(pool)) pthread_cond_wait(&pool->done, &pool->mutex);
    atomic_store(&pool->caller_waits, 0);
    pthread_mutex_unlock(&pool->mutex);
    if (is_held) keep_workers_off_avoided(pool);
}

CKernelsPool *ckernels_pool_create(int32_t threads) {
    CKernelsPool *pool = NULL;
    if (posix_memalign((void **)&pool, 64, sizeof *pool)) return NULL;
    *pool = (CKernelsPool){.gate = CLOSED, .placement = {.avoided = -1}};
    pool->workers = calloc((size_t)(threads > 0 ? threads : 1), sizeof *pool->workers);
    pthread_mutex_init(&pool->turn, NULL);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    if (!pool->workers) {
        ckernels_pool_destroy(pool);
        return NULL;
    }
    for (int32_t i = 1; i < threads; i++) {
        Worker *worker = &pool->workers[i - 1];
        *worker = (Worker){.pool = pool, .number = i};
        if (pthread_create(&worker->thread, NULL, work, worker)) {
            ckernels_pool_destroy(pool);
            return NULL;
        }
        pool->worker_count++;
    }
    return pool;
}

void ckernels_pool_run(CKernelsPool *pool, CKernelsTask run, void *job, int32_t tasks) {
    pthread_mutex_lock(&pool->turn);
    pool->run = run;
    pool->job = job;
    pool->tasks = tasks;
    atomic_store_explicit(&pool->next_task, 0, memory_order_relaxed);
    const int shared = pool->worker_count > 0 && tasks > 1;
    if (shared && placement_changes(&pool->placement)) keep_workers_off_avoided(pool);
    if (shared) open_gate(pool);
    take_tasks(pool, 0);
    if (shared) close_gate(pool);
    pthread_mutex_unlock(&pool->turn);
}

void ckernels_pool_destroy(CKernelsPool *pool) {
    atomic_store(&pool->ends, 1);
    open_gate(pool);
    for (int32_t i = 0; i < pool->worker_count; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->mutex);
    pthread_mutex_destroy(&pool->turn);
    free(pool->workers);
    free(pool);
}
