#include "CKernels.h"
#include "bfloat16.h"
#include "gemm.h"
#include "internal.h"

enum { TAPS = 27, BLOCK = CKernelsBlockChannels, NARROW = CKernelsNarrowChannels };

/// F(4,3) for the points 0, 1, -1, 2, -2 and infinity, from taps to factors.
static const double taps_to_factors[WINOGRAD_PATCH][3] = {
    {1 / 4.0, 0, 0},
    {-1 / 6.0, -1 / 6.0, -1 / 6.0},
    {-1 / 6.0, 1 / 6.0, -1 / 6.0},
    {1 / 24.0, 1 / 12.0, 1 / 6.0},
    {1 / 24.0, -1 / 12.0, 1 / 6.0},
    {0, 0, 1},
};

/// The factor of one point of taps [y][x].
static double factor(const float *taps, int point) {
    const double *along_y = taps_to_factors[point / WINOGRAD_PATCH], *along_x = taps_to_factors[point % WINOGRAD_PATCH];
    double sum = 0;
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 3; x++) sum += along_y[y] * along_x[x] * taps[y * 3 + x];
    return sum;
}

/// Where the factor of one point and one frame of two channels lies; `source` counts channels with those that fill up the
/// first source, `depth` is the number of all.
///
/// Planar: [destination / 8][point][t][source][destination % 8], blocked: [point][destination / 16][source / 16][t]
/// [source % 16][destination % 16], narrow: [destination / 8][point][source][t][destination % 8]
static ptrdiff_t factor_place(CKernelsLayout layout, int32_t destination_channels, int32_t depth,
                              int32_t source, int32_t o, int t, int point) {
    switch (layout) {
    case CKernelsLayoutPlanar: {
        const ptrdiff_t row = (((ptrdiff_t)(o / PLANAR_PACK) * WINOGRAD_POINTS + point) * 3 + t) * depth + source;
        return row * PLANAR_PACK + o % PLANAR_PACK;
    }
    case CKernelsLayoutBlocked: {
        const ptrdiff_t first = ((ptrdiff_t)point * blocks(destination_channels) + o / BLOCK) * depth * 3;
        return (first + (source / BLOCK * 3 + t) * BLOCK + source % BLOCK) * BLOCK + o % BLOCK;
    }
    case CKernelsLayoutNarrow: {
        const ptrdiff_t row = (((ptrdiff_t)(o / NARROW) * WINOGRAD_POINTS + point) * depth + source) * 3 + t;
        return row * NARROW + o % NARROW;
    }
    }
}

void pack_winograd(CKernelsLayout layout, const int32_t source_channels[2], int32_t destination_channels,
                   const float *weights, float *packed) {
    const int32_t all = source_channels[0] + source_channels[1];
    // Channels of a source are filled up to whole blocks.
    const int32_t fill = layout == CKernelsLayoutPlanar ? 1 : layout == CKernelsLayoutBlocked ? BLOCK : NARROW;
    const int32_t first = rounded_up(source_channels[0], fill), depth = first + rounded_up(source_channels[1], fill);
    for (int32_t o = 0; o < destination_channels; o++)
        for (int32_t i = 0; i < all; i++) {
            const int32_t source = i < source_channels[0] ? i : i - source_channels[0] + first;
            for (int t = 0; t < 3; t++)
                for (int point = 0; point < WINOGRAD_POINTS; point++)
                    packed[factor_place(layout, destination_channels, depth, source, o, t, point)] =
                        (float)factor(weights + ((ptrdiff_t)o * all + i) * TAPS + t * 9, point);
        }
}

size_t ckernels_convolution_scratch_floats(CKernelsLayout layout, CKernelsAlgorithm algorithm,
                                           const int32_t source_channels[2], int32_t destination_channels) {
    if (algorithm == CKernelsAlgorithmDirect) return 0;
    if (algorithm == CKernelsAlgorithmBFloat16) return bfloat16_scratch_floats(source_channels);
    if (algorithm == CKernelsAlgorithmGemm) return gemm_scratch_floats(source_channels, destination_channels);
    if (layout == CKernelsLayoutPlanar) {
        const size_t channels = (size_t)(source_channels[0] + source_channels[1]);
        const size_t factors = 3 * (channels * WINOGRAD_PLANAR_TILES + MARGIN_FLOATS);
        const size_t products = PLANAR_PACK * WINOGRAD_PLANAR_TILES;
        const size_t phases = WINOGRAD_PATCH * WINOGRAD_TILE * (WINOGRAD_PLANAR_TILES + 2 * MARGIN_FLOATS);
        return WINOGRAD_POINTS * (factors + products) + phases;
    }
    if (layout != CKernelsLayoutBlocked) {
        const size_t depth = (size_t)(narrow_blocks(source_channels[0]) + narrow_blocks(source_channels[1]));
        return WINOGRAD_POINTS * (depth * NARROW_POINT + NARROW_PRODUCT);
    }
    const size_t source_blocks = (size_t)(blocks(source_channels[0]) + blocks(source_channels[1]));
    const size_t factors = source_blocks * (WINOGRAD_BLOCKED_FRAMES + 2);
    const size_t products = (size_t)blocks(destination_channels) * WINOGRAD_BLOCKED_FRAMES;
    return WINOGRAD_POINTS * ((factors + products) * WINOGRAD_BLOCKED_TILES * BLOCK + 2 * MARGIN_FLOATS);
}
