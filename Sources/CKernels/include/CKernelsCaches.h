// The caches of the machine, by which jobs are cut.
#pragma once
#include <stdint.h>

/// Bytes of data that one core's caches hold, and of the last one, which cores share.
typedef struct CKernelsCaches {
    int64_t second_level_bytes;
    int64_t last_level_bytes;
} CKernelsCaches;

/// What the system says of its first processor; where it says nothing, what most computers of a laboratory have at
/// least: 256 KiB and 4 MiB. Asked once, before main. Any thread.
CKernelsCaches ckernels_caches(void);
