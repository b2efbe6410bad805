// 2x2x2 up-convolution over planar frames: UPCONVOLUTION_CHANNELS destination channels, two neighbouring cells each,
// by up to UPCONVOLUTION_VECTORS source vectors along x.
#pragma once
#include "cut.h"
#include "vector.h"

typedef struct UpconvolutionTile {
    const CKernelsUpconvolution *job;
    /// Source row, channel 0.
    const float *source;
    /// [source][destination % 4][x]
    const float *weights;
    const float *bias;
    /// Destination channels to write, at most UPCONVOLUTION_CHANNELS.
    int32_t channels;
    float *destination;
} UpconvolutionTile;

INLINE void upconvolution_tile(const UpconvolutionTile *tile, ptrdiff_t x, const int vectors) {
    const CKernelsGeometry *from = &tile->job->source_geometry, *to = &tile->job->destination_geometry;
    vec sums[UPCONVOLUTION_CHANNELS][2][UPCONVOLUTION_VECTORS];
    UNROLL for (int o = 0; o < UPCONVOLUTION_CHANNELS; o++)
        UNROLL for (int dx = 0; dx < 2; dx++)
            UNROLL for (int v = 0; v < vectors; v++) sums[o][dx][v] = splat(tile->bias[o]);
    const float *source = tile->source + x, *w = tile->weights;
    NO_UNROLL for (int32_t i = tile->job->source_channels; i > 0; i--) {
        vec values[UPCONVOLUTION_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) values[v] = *(const vec *)(source + v * LANES);
        UNROLL for (int v = 0; v < vectors * LANES; v += 16) __builtin_prefetch(source + from->row_stride + v, 0, 2);
        UNROLL for (int o = 0; o < UPCONVOLUTION_CHANNELS; o++)
            UNROLL for (int dx = 0; dx < 2; dx++) {
                vec weight = splat(w[2 * o + dx]);
                UNROLL for (int v = 0; v < vectors; v++) sums[o][dx][v] += weight * values[v];
            }
        source += from->channel_stride;
        w += 2 * UPCONVOLUTION_PACK;
    }
    UNROLL for (int o = 0; o < UPCONVOLUTION_CHANNELS; o++) {
        if (o >= tile->channels) break;
        float *row = tile->destination + o * to->channel_stride + 2 * x;
        UNROLL for (int v = 0; v < vectors; v++) {
            vec halves[2] = {INTERLEAVED_LOW(sums[o][0][v], sums[o][1][v]),
                             INTERLEAVED_HIGH(sums[o][0][v], sums[o][1][v])};
            UNROLL for (int h = 0; h < 2; h++) {
                ptrdiff_t start = 2 * x + (2 * v + h) * LANES;
                // Beyond the row lies the margin, and beyond that the next row.
                if (start >= to->width) continue;
                if (start + LANES > to->width) keep_lanes(&halves[h], (int32_t)(to->width - start));
                *(vec *)(row + (2 * v + h) * LANES) = halves[h];
            }
        }
    }
}

static void upconvolution_row(const UpconvolutionTile *tile) {
    const int32_t vectors = (tile->job->source_geometry.width + LANES - 1) / LANES;
    int32_t v = 0;
#if UPCONVOLUTION_VECTORS >= 2
    for (; v + 2 <= vectors; v += 2) upconvolution_tile(tile, (ptrdiff_t)v * LANES, 2);
#endif
    for (; v < vectors; v++) upconvolution_tile(tile, (ptrdiff_t)v * LANES, 1);
}

static void upconvolution_planar(const CKernelsUpconvolution *job, Part part) {
    const CKernelsGeometry *from = &job->source_geometry, *to = &job->destination_geometry;
    const int32_t bands = bands_of(from->height, job->frames);
    const ptrdiff_t row_floats = (ptrdiff_t)job->source_channels * 2 * UPCONVOLUTION_PACK;
    for (int32_t t = 2 * part.first_frame; t < 2 * part.last_frame; t++) {
        if (!job->destinations[t]) continue;
        for (int32_t y = 2 * (from->height * part.band / bands); y < 2 * (from->height * (part.band + 1) / bands); y++)
            for (int32_t o = 0; o < job->destination_channels; o += UPCONVOLUTION_CHANNELS) {
                int32_t pack = o / UPCONVOLUTION_PACK * 4 + t % 2 * 2 + y % 2;
                const UpconvolutionTile tile = {
                    .job = job,
                    .source = job->sources[t / 2] + y / 2 * from->row_stride,
                    .weights = job->weights + pack * row_floats + 2 * (o % UPCONVOLUTION_PACK),
                    .bias = job->bias + o,
                    .channels = minimum(UPCONVOLUTION_CHANNELS, job->destination_channels - o),
                    .destination = job->destinations[t] + o * to->channel_stride + y * to->row_stride};
                upconvolution_row(&tile);
            }
    }
}
