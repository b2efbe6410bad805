// Counts what a test allocates on its thread.
#pragma once
#include <stdint.h>

/// Pieces of memory that this thread has asked the C library or the system for so far; -1 where they cannot be counted
/// (C libraries other than glibc).
int64_t allocation_count(void);
