#include "CKernelsMemory.h"
#include <sys/mman.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

float *ckernels_allocate(size_t floats) {
    size_t bytes = floats * sizeof(float);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED) return NULL;
#if defined(MADV_HUGEPAGE)
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

void ckernels_populate(float *memory, size_t floats) {
#if defined(MADV_POPULATE_WRITE)
    madvise(memory, floats * sizeof(float), MADV_POPULATE_WRITE);
#else
    (void)memory;
    (void)floats;
#endif
}

void ckernels_deallocate(float *memory, size_t floats) { munmap(memory, floats * sizeof(float)); }

void ckernels_limit_heap_reserve(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_ARENA_MAX, 2);
#endif
}

void ckernels_release_heap_reserve(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
