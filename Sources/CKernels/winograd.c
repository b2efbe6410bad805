#include "CKernels.h"
#include "bfloat16.h"
#include "gemm.h"
#include "internal.h"

enum { TAPS = 27, BLOCK = CKernelsBlockChannels };

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

void pack_winograd(CKernelsLayout layout, const int32_t source_channels[2], int32_t destination_channels,
                   const float *weights, float *packed) {
    const int32_t all = source_channels[0] + source_channels[1];
    const int is_planar = layout == CKernelsLayoutPlanar;
    // Planar: [destination / 8][point][t][source][destination % 8], blocked: [point][destination / 16][block of source
    // channels][t][source % 16][destination % 16]
    const int32_t pack = is_planar ? PLANAR_PACK : BLOCK;
    const ptrdiff_t packs = rounded_up(destination_channels, pack) / pack;
    const ptrdiff_t depth = is_planar ? all : (blocks(source_channels[0]) + blocks(source_channels[1])) * BLOCK;
    for (int32_t o = 0; o < destination_channels; o++)
        for (int32_t i = 0; i < all; i++) {
            ptrdiff_t source = i;
            if (!is_planar && i >= source_channels[0])
                source += rounded_up(source_channels[0], BLOCK) - source_channels[0];
            for (int t = 0; t < 3; t++)
                for (int point = 0; point < WINOGRAD_POINTS; point++) {
                    ptrdiff_t row = is_planar ? ((o / pack * WINOGRAD_POINTS + point) * 3 + t) * depth + source
                                              : (point * packs + o / pack) * depth * 3 +
                                                    (source / BLOCK * 3 + t) * BLOCK + source % BLOCK;
                    packed[row * pack + o % pack] =
                        (float)factor(weights + ((ptrdiff_t)o * all + i) * TAPS + t * 9, point);
                }
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
    const size_t source_blocks = (size_t)(blocks(source_channels[0]) + blocks(source_channels[1]));
    const size_t factors = source_blocks * (WINOGRAD_BLOCKED_FRAMES + 2);
    const size_t products = (size_t)blocks(destination_channels) * WINOGRAD_BLOCKED_FRAMES;
    return WINOGRAD_POINTS * ((factors + products) * WINOGRAD_BLOCKED_TILES * BLOCK + 2 * MARGIN_FLOATS);
}
