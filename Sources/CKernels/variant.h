// All kernels of one variant. The including file defines VARIANT, LANES and the sizes of the register tiles.
#include "blocked.h"
#include "convolution_planar.h"
#include "multiply_adds.h"
#include "pooling.h"
#include "softmax.h"
#include "upconvolution_planar.h"
#include "winograd_blocked.h"
#include "winograd_planar.h"

const Variant VARIANT = {convolution_planar,   convolution_blocked,   winograd_planar, winograd_blocked, pooling,
                         upconvolution_planar, upconvolution_blocked, softmax,         multiply_adds,
                         (int64_t)2 * LANES * INDEPENDENT_SUMS * SUMS_PER_ROUND};
