// The pool of threads under a sanitizer: several callers at once bring jobs of many sizes, while other threads want every
// processor; every task is done once.
// `make sanitize` builds and runs it with ThreadSanitizer, and with AddressSanitizer and UndefinedBehaviorSanitizer.
#include "CKernelsPool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLERS = 3, JOBS = 1500, MOST_TASKS = 97, RIVALS = 4, LONG_JOB_EVERY = 50, LONG_TASK_TURNS = 100000 };

struct Job {
    // Plain memory on purpose: a task that runs twice at once, or is not over when the caller goes on, is a data race.
    int32_t done[MOST_TASKS];
    int32_t turns;
};

static void task(void *context, int32_t number, int32_t thread) {
    (void)thread;
    struct Job *job = context;
    // Long enough to lose the processor in the middle.
    for (volatile int32_t turn = 0; turn < job->turns; turn++) continue;
    job->done[number] += 1;
}

static atomic_int is_over;

/// Holds a processor, as another program does.
static void *hold(void *context) {
    (void)context;
    while (!atomic_load_explicit(&is_over, memory_order_relaxed)) continue;
    return NULL;
}

struct Caller {
    CKernelsPool *pool;
    uint32_t seed;
    int faults;
};

static void *call(void *context) {
    struct Caller *caller = context;
    struct Job *job = malloc(sizeof *job);
    for (int round = 0; round < JOBS; round++) {
        int32_t tasks = (int32_t)(rand_r(&caller->seed) % MOST_TASKS) + 1;
        memset(job, 0, sizeof *job);
        job->turns = round % LONG_JOB_EVERY ? 0 : LONG_TASK_TURNS;
        ckernels_pool_run(caller->pool, task, job, tasks);
        for (int32_t number = 0; number < MOST_TASKS; number++)
            caller->faults += job->done[number] != (number < tasks);
    }
    free(job);
    return NULL;
}

int main(void) {
    int faults = 0;
    pthread_t rivals[RIVALS];
    for (int index = 0; index < RIVALS; index++) pthread_create(&rivals[index], NULL, hold, NULL);
    for (int32_t threads = 1; threads <= 5; threads += 2) {
        CKernelsPool *pool = ckernels_pool_create(threads);
        if (!pool) return 2;
        pthread_t callers[CALLERS];
        struct Caller contexts[CALLERS];
        for (int index = 0; index < CALLERS; index++) {
            contexts[index] = (struct Caller){.pool = pool, .seed = (uint32_t)(threads * 10 + index)};
            pthread_create(&callers[index], NULL, call, &contexts[index]);
        }
        for (int index = 0; index < CALLERS; index++) {
            pthread_join(callers[index], NULL);
            faults += contexts[index].faults;
        }
        ckernels_pool_destroy(pool);
    }
    atomic_store(&is_over, 1);
    for (int index = 0; index < RIVALS; index++) pthread_join(rivals[index], NULL);
    printf("%d jobs, %d tasks missing or done twice\n", 3 * CALLERS * JOBS, faults);
    return faults != 0;
}
