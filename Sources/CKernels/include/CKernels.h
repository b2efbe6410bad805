#pragma once
#include <stddef.h>
#include <stdint.h>

/// The instruction sets for which the kernels have variants.
typedef enum __attribute__((enum_extensibility(closed))) CKernelsISA : int32_t {
    CKernelsISAPortable __attribute__((swift_name("portable"))) = 0,
    CKernelsISAAVX2 __attribute__((swift_name("avx2"))) = 1,
    CKernelsISAAVX512 __attribute__((swift_name("avx512"))) = 2,
} CKernelsISA;

/// The best instruction set of this processor, capped by the environment variable
/// SPARKWATCH_ISA=portable|avx2|avx512. Any thread.
CKernelsISA ckernels_isa(void);
