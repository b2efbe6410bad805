#include "CKernelsMemory.h"
#include <sys/mman.h>

float *ckernels_allocate(size_t floats) {
    size_t bytes = floats * sizeof(float);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED) return NULL;
#if defined(MADV_HUGEPAGE)
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
#if defined(MADV_POPULATE_WRITE)
    // Pages that are only handed out when they are first used would hold up the first window. Where this is not to be
    // had, they do.
    madvise(memory, bytes, MADV_POPULATE_WRITE);
#endif
    return memory;
}

void ckernels_deallocate(float *memory, size_t floats) { munmap(memory, floats * sizeof(float)); }
