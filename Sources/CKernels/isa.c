#include "CKernels.h"
#include <stdlib.h>
#include <string.h>

static CKernelsISA best_of_processor(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return CKernelsISAAVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CKernelsISAAVX2;
#endif
    return CKernelsISAPortable;
}

static CKernelsISA capped(CKernelsISA best) {
    const char *cap = getenv("SPARKWATCH_ISA");
    if (!cap) return best;
    if (!strcmp(cap, "portable")) return CKernelsISAPortable;
    if (!strcmp(cap, "avx2") && best > CKernelsISAAVX2) return CKernelsISAAVX2;
    return best;
}

static CKernelsISA chosen;

__attribute__((constructor)) static void choose(void) { chosen = capped(best_of_processor()); }

bool ckernels_has_vectors(CKernelsISA isa) {
#if defined(__aarch64__)
    (void)isa;
    return true;
#else
    return isa != CKernelsISAPortable;
#endif
}

bool ckernels_has_bfloat16(CKernelsISA isa) {
#if defined(__x86_64__)
    return isa == CKernelsISAAVX512 && isa <= chosen && __builtin_cpu_supports("avx512bf16");
#else
    (void)isa;
    return false;
#endif
}

CKernelsISA ckernels_isa(void) { return chosen; }
