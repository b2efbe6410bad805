// Vectors of 4 floats, which every 64-bit processor has: 32 registers on ARM, 16 on x86.
#define VARIANT ckernels_variant_portable
#define LANES 4
#define PLANAR_CHANNELS 4
#if defined(__aarch64__)
#define PLANAR_VECTORS 4
#define BLOCKED_CELLS 4
#define UPCONVOLUTION_VECTORS 2
#else
#define PLANAR_VECTORS 2
#define BLOCKED_CELLS 2
#define UPCONVOLUTION_VECTORS 1
#endif
#define BLOCKED_TILE_BLOCKS 1
#define UPCONVOLUTION_CHANNELS 4
#define NARROW 0
#include "variant.h"
