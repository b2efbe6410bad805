// Memory for frames and weights. Any thread.
#pragma once
#include <stddef.h>

/// Zeros, aligned to a page and in large pages where the system has them. The address space is reserved; memory comes
/// with the first use. NULL if there is not enough.
float *ckernels_allocate(size_t floats);

/// Brings all pages of what ckernels_allocate returned into memory, where the system can do that: handed out one by one,
/// they would hold up whoever uses them first.
void ckernels_populate(float *memory, size_t floats);

/// Gives back what ckernels_allocate returned for the same number of floats.
void ckernels_deallocate(float *memory, size_t floats);

/// Keeps what the C library holds in reserve small in a program that runs for days with many threads: large blocks go back
/// to the system when they are freed, and threads share two heaps. No effect where the C library cannot. Once, before
/// there are other threads.
void ckernels_limit_heap_reserve(void);

/// Gives back to the system what the C library holds in reserve now. Other threads that want memory wait meanwhile, for
/// some milliseconds. No effect where the C library cannot.
void ckernels_release_heap_reserve(void);
