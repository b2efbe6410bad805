#include "CKernelsMemory.h"
#include <sys/mman.h>

float *ckernels_allocate(size_t floats) {
    size_t bytes = floats * sizeof(float);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED) return NULL;
#if defined(MADV_HUGEPAGE)
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

void ckernels_deallocate(float *memory, size_t floats) { munmap(memory, floats * sizeof(float)); }
