#include "CKernelsCaches.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

enum { FALLBACK_SECOND_LEVEL = 256 << 10, FALLBACK_LAST_LEVEL = 4 << 20, MOST_CACHES = 16 };

/// One word of a file below the directory of a cache, such as "512K" or "Data"; false if there is none.
static int read_word(int cache, const char *name, char word[32]) {
    char path[96];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", cache, name);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    const int found = fscanf(file, "%31s", word) == 1;
    fclose(file);
    return found;
}

static int64_t bytes_of(const char *size) {
    long long number = 0;
    char unit = 0;
    if (sscanf(size, "%lld%c", &number, &unit) < 1 || number <= 0 || number > INT32_MAX) return 0;
    return unit == 'K' ? number << 10 : unit == 'M' ? number << 20 : number;
}

/// What /sys says of the processor; there a virtual machine that hides caches shows none, where others make some up.
static CKernelsCaches from_files(void) {
    CKernelsCaches caches = {0};
    int last = 0;
    for (int i = 0; i < MOST_CACHES; i++) {
        char level[32], type[32], size[32];
        if (!read_word(i, "level", level) || !read_word(i, "type", type) || !read_word(i, "size", size)) break;
        if (!strcmp(type, "Instruction") || level[0] < '2' || level[0] > '9') continue;
        const int64_t bytes = bytes_of(size);
        if (level[0] == '2') caches.second_level_bytes = bytes;
        if (level[0] < last) continue;
        last = level[0];
        caches.last_level_bytes = bytes;
    }
    return caches;
}

static CKernelsCaches from_system(void) {
    CKernelsCaches caches = {0};
#if defined(__APPLE__)
    size_t length = sizeof caches.second_level_bytes;
    sysctlbyname("hw.l2cachesize", &caches.second_level_bytes, &length, NULL, 0);
    length = sizeof caches.last_level_bytes;
    sysctlbyname("hw.l3cachesize", &caches.last_level_bytes, &length, NULL, 0);
#elif defined(_SC_LEVEL2_CACHE_SIZE)
    caches.second_level_bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    caches.last_level_bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    return caches;
}

static CKernelsCaches known;

__attribute__((constructor)) static void ask(void) {
    const CKernelsCaches files = from_files(), system = from_system();
    known = files;
    if (known.second_level_bytes <= 0) known.second_level_bytes = system.second_level_bytes;
    if (known.last_level_bytes <= 0) known.last_level_bytes = system.last_level_bytes;
    if (known.second_level_bytes <= 0) known.second_level_bytes = FALLBACK_SECOND_LEVEL;
    if (known.last_level_bytes < known.second_level_bytes)
        known.last_level_bytes =
            known.second_level_bytes > FALLBACK_LAST_LEVEL ? known.second_level_bytes : FALLBACK_LAST_LEVEL;
}

CKernelsCaches ckernels_caches(void) { return known; }
