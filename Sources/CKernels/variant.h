// All kernels of one variant. The including file defines VARIANT, LANES, the sizes of the register tiles, and NARROW:
// whether there are kernels of the narrow layout.
#if NARROW
#include "narrow.h"
#endif
#include "blocked.h"
#include "convolution_planar.h"
#include "multiply_adds.h"
#include "pooling.h"
#include "softmax.h"
#include "upconvolution_planar.h"
#include "winograd_blocked.h"
#include "winograd_planar.h"
#if NARROW
#include "convolution_narrow.h"
#include "softmax_narrow.h"
#include "upconvolution_narrow.h"
#include "winograd_narrow.h"
#endif

const Variant VARIANT = {
    .convolution_planar = convolution_planar,
    .convolution_blocked = convolution_blocked,
    .winograd_planar = winograd_planar,
    .winograd_blocked = winograd_blocked,
#if NARROW
    .convolution_narrow = convolution_narrow,
    .winograd_narrow = winograd_narrow,
    .upconvolution_narrow = upconvolution_narrow,
    .softmax_narrow = softmax_narrow,
#endif
    .pooling = pooling,
    .upconvolution_planar = upconvolution_planar,
    .upconvolution_blocked = upconvolution_blocked,
    .softmax = softmax,
    .multiply_adds = multiply_adds,
    .operations_per_round = (int64_t)2 * LANES * INDEPENDENT_SUMS * SUMS_PER_ROUND,
};
