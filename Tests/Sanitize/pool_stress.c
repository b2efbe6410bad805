// The pool of threads under a sanitizer: several callers at once bring jobs of many sizes; every task is done once.
// `make sanitize` builds and runs it with ThreadSanitizer, and with AddressSanitizer and UndefinedBehaviorSanitizer.
#include "CKernelsPool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLERS = 3, JOBS = 4000, MOST_TASKS = 97 };

struct Job {
    // Plain memory on purpose: a task that runs twice at once, or is not over when the caller goes on, is a data race.
    int32_t done[MOST_TASKS];
};

static void task(void *context, int32_t number, int32_t thread) {
    (void)thread;
    struct Job *job = context;
    job->done[number] += 1;
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
        ckernels_pool_run(caller->pool, task, job, tasks);
        for (int32_t number = 0; number < MOST_TASKS; number++)
            caller->faults += job->done[number] != (number < tasks);
    }
    free(job);
    return NULL;
}

int main(void) {
    int faults = 0;
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
    printf("%d jobs, %d tasks missing or done twice\n", 3 * CALLERS * JOBS, faults);
    return faults != 0;
}
