#include "CKernelsPool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    /// Looks at the generation before a worker goes to sleep: some tens of microseconds, longer than the gap between
    /// two layers, shorter than that between two strides.
    SPINS_BEFORE_SLEEP = 4000,
};

struct CKernelsPool {
    CKernelsTask run;
    void *job;
    int32_t tasks;
    int32_t workers;
    pthread_t *threads;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    _Alignas(64) atomic_uint generation;
    _Alignas(64) atomic_int next_task;
    _Alignas(64) atomic_int busy;
    _Alignas(64) atomic_int sleepers;
    atomic_int ends;
};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void take_tasks(CKernelsPool *pool) {
    for (;;) {
        int32_t task = atomic_fetch_add_explicit(&pool->next_task, 1, memory_order_relaxed);
        if (task >= pool->tasks) return;
        pool->run(pool->job, task);
    }
}

static void sleep_until_next(CKernelsPool *pool, unsigned seen) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
    CKernelsPool *pool = argument;
    unsigned seen = 0;
    for (;;) {
        int spins = 0;
        while (atomic_load_explicit(&pool->generation, memory_order_acquire) == seen) {
            if (++spins < SPINS_BEFORE_SLEEP)
                pause_briefly();
            else
                sleep_until_next(pool, seen);
        }
        seen++;
        if (atomic_load(&pool->ends)) return NULL;
        take_tasks(pool);
        atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_release);
    }
}

/// Makes the workers look at what has changed. A worker goes to sleep only after it has counted itself as a sleeper
/// and then looked at the generation, in that order; here the order is the opposite, so that none is missed.
static void announce(CKernelsPool *pool) {
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

CKernelsPool *ckernels_pool_create(int32_t threads) {
    CKernelsPool *pool = NULL;
    if (posix_memalign((void **)&pool, 64, sizeof *pool)) return NULL;
    *pool = (CKernelsPool){.workers = 0};
    pool->threads = calloc((size_t)(threads > 0 ? threads : 1), sizeof *pool->threads);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    if (!pool->threads) {
        ckernels_pool_destroy(pool);
        return NULL;
    }
    for (int32_t i = 1; i < threads; i++) {
        if (pthread_create(&pool->threads[i - 1], NULL, work, pool)) {
            ckernels_pool_destroy(pool);
            return NULL;
        }
        pool->workers++;
    }
    return pool;
}

void ckernels_pool_run(CKernelsPool *pool, CKernelsTask run, void *job, int32_t tasks) {
    pool->run = run;
    pool->job = job;
    pool->tasks = tasks;
    atomic_store_explicit(&pool->next_task, 0, memory_order_relaxed);
    if (pool->workers > 0 && tasks > 1) {
        atomic_store_explicit(&pool->busy, pool->workers, memory_order_relaxed);
        announce(pool);
    }
    take_tasks(pool);
    while (atomic_load_explicit(&pool->busy, memory_order_acquire) > 0) pause_briefly();
}

void ckernels_pool_destroy(CKernelsPool *pool) {
    atomic_store(&pool->ends, 1);
    announce(pool);
    for (int32_t i = 0; i < pool->workers; i++) pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->threads);
    free(pool);
}
