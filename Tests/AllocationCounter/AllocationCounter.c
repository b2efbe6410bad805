// Takes the place of the C library's functions in the test program, and of its libraries, Swift's among them.
#define _GNU_SOURCE
#include "AllocationCounter.h"
#include <stddef.h>

#if defined(__GLIBC__)
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local int64_t count;

int64_t allocation_count(void) { return count; }

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
    count++;
    return __libc_calloc(elements, size);
}

void *realloc(void *memory, size_t size) {
    count++;
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    void *result = memalign(alignment, size);
    if (!result) return ENOMEM;
    *memory = result;
    return 0;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    count++;
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}
#else
int64_t allocation_count(void) { return -1; }
#endif
