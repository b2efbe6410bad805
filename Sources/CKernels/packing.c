#include "CKernels.h"
#include "bfloat16.h"
#include "internal.h"
#include <string.h>

enum { TAPS = 27, CORNERS = 8, BLOCK = CKernelsBlockChannels, NARROW = CKernelsNarrowChannels };

size_t ckernels_packed_convolution_floats(CKernelsLayout layout, CKernelsAlgorithm algorithm,
                                          const int32_t source_channels[2], int32_t destination_channels) {
    if (algorithm == CKernelsAlgorithmBFloat16) return bfloat16_packed_floats(source_channels, destination_channels);
    if (algorithm == CKernelsAlgorithmGemm)
        return (size_t)destination_channels * (size_t)(source_channels[0] + source_channels[1]) * TAPS;
    const size_t taps = algorithm == CKernelsAlgorithmDirect ? TAPS : 3 * WINOGRAD_POINTS;
    if (layout == CKernelsLayoutPlanar)
        return (size_t)rounded_up(destination_channels, PLANAR_PACK) *
               (size_t)(source_channels[0] + source_channels[1]) * taps;
    if (layout != CKernelsLayoutBlocked && algorithm == CKernelsAlgorithmDirect)
        return (size_t)narrow_blocks(destination_channels) * (size_t)source_channels[0] * taps * NARROW;
    if (layout != CKernelsLayoutBlocked)
        return (size_t)narrow_blocks(destination_channels) *
               (size_t)(narrow_blocks(source_channels[0]) + narrow_blocks(source_channels[1])) * taps * NARROW * NARROW;
    return (size_t)blocks(destination_channels) * (size_t)(blocks(source_channels[0]) + blocks(source_channels[1])) *
           taps * BLOCK * BLOCK;
}

// [destination / 8][source 0 or 1][t][channel of the source][y][x][destination % 8]
static void pack_planar(const int32_t source_channels[2], int32_t destination_channels, const float *weights,
                        float *packed) {
    int32_t all = source_channels[0] + source_channels[1];
    for (int32_t pack = 0; pack < destination_channels; pack += PLANAR_PACK)
        for (int s = 0; s < 2; s++)
            for (int dt = 0; dt < 3; dt++)
                for (int32_t i = 0; i < source_channels[s]; i++)
                    for (int tap = 0; tap < 9; tap++)
                        for (int o = 0; o < PLANAR_PACK; o++, packed++) {
                            if (pack + o >= destination_channels) continue;
                            size_t source = (size_t)(i + (s ? source_channels[0] : 0));
                            *packed = weights[((size_t)(pack + o) * (size_t)all + source) * TAPS + (size_t)(dt * 9 + tap)];
                        }
}

// [destination / 16][block of source channels][t][y][x][source % 16][destination % 16]
static void pack_blocked(const int32_t source_channels[2], int32_t destination_channels, const float *weights,
                         float *packed) {
    int32_t all = source_channels[0] + source_channels[1];
    for (int32_t block = 0; block < destination_channels; block += BLOCK)
        for (int s = 0; s < 2; s++)
            for (int32_t i = 0; i < source_channels[s]; i += BLOCK)
                for (int tap = 0; tap < TAPS; tap++)
                    for (int c = 0; c < BLOCK; c++)
                        for (int o = 0; o < BLOCK; o++, packed++) {
                            if (block + o >= destination_channels || i + c >= source_channels[s]) continue;
                            size_t source = (size_t)(i + c + (s ? source_channels[0] : 0));
                            *packed = weights[((size_t)(block + o) * (size_t)all + source) * TAPS + (size_t)tap];
                        }
}

// [destination / 8][t][channel][y][x][destination % 8]
static void pack_narrow(int32_t source_channels, int32_t destination_channels, const float *weights, float *packed) {
    for (int32_t block = 0; block < destination_channels; block += NARROW)
        for (int dt = 0; dt < 3; dt++)
            for (int32_t i = 0; i < source_channels; i++)
                for (int tap = 0; tap < 9; tap++)
                    for (int o = 0; o < NARROW; o++, packed++) {
                        if (block + o >= destination_channels) continue;
                        *packed = weights[((size_t)(block + o) * (size_t)source_channels + (size_t)i) * TAPS +
                                          (size_t)(dt * 9 + tap)];
                    }
}

void ckernels_pack_convolution(CKernelsLayout layout, CKernelsAlgorithm algorithm, const int32_t source_channels[2],
                               int32_t destination_channels, const float *weights, float *packed) {
    size_t count = ckernels_packed_convolution_floats(layout, algorithm, source_channels, destination_channels);
    if (algorithm == CKernelsAlgorithmGemm) {
        memcpy(packed, weights, count * sizeof(float));
        return;
    }
    memset(packed, 0, count * sizeof(float));
    if (algorithm == CKernelsAlgorithmBFloat16)
        bfloat16_pack(source_channels, destination_channels, weights, packed);
    else if (algorithm == CKernelsAlgorithmWinograd)
        pack_winograd(layout, source_channels, destination_channels, weights, packed);
    else if (layout == CKernelsLayoutPlanar)
        pack_planar(source_channels, destination_channels, weights, packed);
    else if (layout == CKernelsLayoutBlocked)
        pack_blocked(source_channels, destination_channels, weights, packed);
    else
        pack_narrow(source_channels[0], destination_channels, weights, packed);
}

size_t ckernels_packed_upconvolution_floats(CKernelsLayout source_layout, int32_t source_channels,
                                            int32_t destination_channels) {
    switch (source_layout) {
    case CKernelsLayoutPlanar:
        return (size_t)source_channels * (size_t)rounded_up(destination_channels, UPCONVOLUTION_PACK) * CORNERS;
    case CKernelsLayoutBlocked:
        return (size_t)blocks(source_channels) * (size_t)blocks(destination_channels) * BLOCK * BLOCK * CORNERS;
    case CKernelsLayoutNarrow:
        return (size_t)narrow_blocks(source_channels) * (size_t)narrow_blocks(destination_channels) * NARROW * NARROW *
               CORNERS;
    }
}

/// Where the weight of one corner [t][y][x] of two channels lies.
///
/// Planar: [destination / 4][t][y][source][destination % 4][x], blocked: [destination / 16][t][y][x][source][destination %
/// 16], narrow: [destination / 8][t][y][source][x][destination % 8]
static ptrdiff_t corner_place(CKernelsLayout layout, int32_t source_channels, int32_t i, int32_t o, int corner) {
    const int row = corner / 2, x = corner % 2;
    switch (layout) {
    case CKernelsLayoutPlanar: {
        const ptrdiff_t at = ((ptrdiff_t)(o / UPCONVOLUTION_PACK) * 4 + row) * source_channels + i;
        return (at * UPCONVOLUTION_PACK + o % UPCONVOLUTION_PACK) * 2 + x;
    }
    case CKernelsLayoutBlocked:
        return (((ptrdiff_t)(o / BLOCK) * CORNERS + corner) * rounded_up(source_channels, BLOCK) + i) * BLOCK + o % BLOCK;
    case CKernelsLayoutNarrow: {
        const ptrdiff_t at = ((ptrdiff_t)(o / NARROW) * 4 + row) * rounded_up(source_channels, NARROW) + i;
        return (at * 2 + x) * NARROW + o % NARROW;
    }
    }
}

void ckernels_pack_upconvolution(CKernelsLayout source_layout, int32_t source_channels, int32_t destination_channels,
                                 const float *weights, float *packed) {
    size_t count = ckernels_packed_upconvolution_floats(source_layout, source_channels, destination_channels);
    memset(packed, 0, count * sizeof(float));
    for (int32_t o = 0; o < destination_channels; o++)
        for (int32_t i = 0; i < source_channels; i++)
            for (int corner = 0; corner < CORNERS; corner++)
                packed[corner_place(source_layout, source_channels, i, o, corner)] =
                    weights[((ptrdiff_t)i * destination_channels + o) * CORNERS + corner];
}
