// Worker threads that share the tasks of one job at a time.
//
// Threads that call ckernels_pool_run take turns; the one whose turn it is works along.
#pragma once
#include <stdint.h>

typedef struct CKernelsPool CKernelsPool;

/// A task of a job, numbered from 0; called from several threads at the same time, each with its own number.
typedef void (*CKernelsTask)(void *job, int32_t task, int32_t thread);

/// A pool of `threads` threads, the caller's included; NULL if they cannot be started.
CKernelsPool *ckernels_pool_create(int32_t threads);

/// Runs tasks 0 ..< tasks and returns when all are done.
void ckernels_pool_run(CKernelsPool *pool, CKernelsTask run, void *job, int32_t tasks);

/// Ends the workers.
void ckernels_pool_destroy(CKernelsPool *pool);
