// Where the workers of a pool may run while another program holds one of the processors.
//
// Left alone, workers go where the system puts them. Once a worker lost its processor to another program in the middle of
// a task, it is fetched to the caller's processor, which is idle then, and afterwards all workers are kept off the
// caller's: otherwise caller and worker would share one processor for good, and the other program would have the other
// one for itself. Only Linux can be told so; elsewhere these functions do nothing.
#pragma once
#include <stdint.h>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Jobs without a held processor after which workers may run anywhere again: some strides.
enum { JOBS_UNTIL_FREE = 2000 };

typedef pid_t ThreadID;

typedef struct {
    /// The processors that the caller may use.
    cpu_set_t allowed;
    /// The processor that workers are kept off; negative for none.
    int avoided;
    int32_t jobs_since_held;
} Placement;

static inline ThreadID own_thread(void) { return (pid_t)syscall(SYS_gettid); }

/// The caller's processor, if workers can be told to stay off it; negative otherwise.
static inline int processor_to_avoid(const Placement *placement) {
    const int here = sched_getcpu();
    const int is_choice = here >= 0 && here < CPU_SETSIZE && CPU_COUNT(&placement->allowed) > 1;
    return is_choice && CPU_ISSET((size_t)here, &placement->allowed) ? here : -1;
}

static inline void fetch_to(int processor, ThreadID worker) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    sched_setaffinity(worker, sizeof set, &set);
}

static inline void keep_off_avoided(const Placement *placement, ThreadID worker) {
    cpu_set_t set = placement->allowed;
    if (placement->avoided >= 0) CPU_CLR((size_t)placement->avoided, &set);
    sched_setaffinity(worker, sizeof set, &set);
}

/// Says at the start of a job whether workers are kept off another processor now, since the caller has moved or no
/// processor has been held for long.
static inline int placement_changes(Placement *placement) {
    if (placement->avoided < 0) return 0;
    const int wanted = ++placement->jobs_since_held > JOBS_UNTIL_FREE ? -1 : processor_to_avoid(placement);
    const int changes = wanted != placement->avoided;
    placement->avoided = wanted;
    return changes;
}

/// Says whether a worker that lost its processor may be fetched to the caller's, which is avoided from now on.
static inline int placement_is_held(Placement *placement) {
    if (sched_getaffinity(0, sizeof placement->allowed, &placement->allowed)) return 0;
    const int here = processor_to_avoid(placement);
    if (here < 0) return 0;
    placement->avoided = here;
    placement->jobs_since_held = 0;
    return 1;
}

/// For how long a thread has run so far, in ns; -1 if the system does not tell.
static inline int64_t time_run(pthread_t thread) {
    clockid_t clock;
    struct timespec time;
    if (pthread_getcpuclockid(thread, &clock) || clock_gettime(clock, &time)) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

#else
#include <pthread.h>

typedef int ThreadID;

typedef struct {
    int avoided;
} Placement;

static inline ThreadID own_thread(void) { return 0; }
static inline void fetch_to(int processor, ThreadID worker) {
    (void)processor;
    (void)worker;
}
static inline void keep_off_avoided(const Placement *placement, ThreadID worker) {
    (void)placement;
    (void)worker;
}
static inline int placement_changes(Placement *placement) {
    (void)placement;
    return 0;
}
static inline int placement_is_held(Placement *placement) {
    (void)placement;
    return 0;
}
static inline int64_t time_run(pthread_t thread) {
    (void)thread;
    return -1;
}
#endif
