// 16 vector registers of 8 floats: larger tiles spill.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VARIANT ckernels_variant_avx2
#define LANES 8
#define PLANAR_CHANNELS 4
#define PLANAR_VECTORS 2
#define BLOCKED_CELLS 6
#define BLOCKED_TILE_BLOCKS 1
#define UPCONVOLUTION_CHANNELS 2
#define UPCONVOLUTION_VECTORS 2
#define NARROW 1
#include "variant.h"
#pragma clang attribute pop
#else
typedef int not_for_this_processor;
#endif
