// 32 vector registers of 16 floats.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma"))), apply_to = function)
#define VARIANT ckernels_variant_avx512
#define LANES 16
#define PLANAR_CHANNELS 8
#define PLANAR_VECTORS 3
#define BLOCKED_CELLS 8
#define BLOCKED_TILE_BLOCKS 2
#define UPCONVOLUTION_CHANNELS 4
#define UPCONVOLUTION_VECTORS 2
#define NARROW 0
#include "variant.h"
#pragma clang attribute pop
#else
typedef int not_for_this_processor;
#endif
