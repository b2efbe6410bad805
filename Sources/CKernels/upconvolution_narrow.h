// 2x2x2 up-convolution over narrow frames: up to 6 source cells along x, of which each makes two cells of a row.
#pragma once
#include "cut.h"
#include "narrow.h"

typedef struct NarrowRise {
    /// Row of block 0 of the source.
    const float *source;
    ptrdiff_t channel_stride;
    /// Blocks of the source.
    int32_t depth;
    /// [source][x][8]
    const float *weights;
    vec bias;
    float *destination;
} NarrowRise;

INLINE void narrow_rise(const NarrowRise *rise, int32_t x, const int count) {
    vec left[6], right[6];
    UNROLL for (int i = 0; i < count; i++) left[i] = right[i] = rise->bias;
    const float *from = rise->source + (ptrdiff_t)x * CELL, *w = rise->weights;
    NO_UNROLL for (int32_t b = rise->depth; b > 0; b--, from += rise->channel_stride)
        UNROLL for (int c = 0; c < CELL; c++, w += 2 * CELL) {
            vec w0 = load(w), w1 = load(w + CELL);
            PIN(w0);
            PIN(w1);
            UNROLL for (int i = 0; i < count; i++) {
                const vec value = splat(from[i * CELL + c]);
                left[i] += value * w0, right[i] += value * w1;
                PIN(left[i]);
                PIN(right[i]);
            }
        }
    float *to = rise->destination + (ptrdiff_t)2 * x * CELL;
    UNROLL for (int i = 0; i < count; i++) {
        store(to + 2 * i * CELL, left[i]);
        store(to + (2 * i + 1) * CELL, right[i]);
    }
}

#define NARROW_RISE(N) \
    __attribute__((noinline)) static void narrow_rise_##N(const NarrowRise *rise, int32_t x) { narrow_rise(rise, x, N); }

NARROW_RISE(6)
NARROW_RISE(2)
NARROW_RISE(1)

/// The two rows that one source row makes in destination frame t.
static void narrow_rows_of(const CKernelsUpconvolution *job, int32_t t, int32_t y, int32_t o) {
    const CKernelsGeometry *from = &job->source_geometry, *to = &job->destination_geometry;
    const int32_t depth = narrow_blocks(job->source_channels);
    for (int dy = 0; dy < 2; dy++) {
        const NarrowRise rise = {
            .source = job->sources[t / 2] + y * from->row_stride,
            .channel_stride = from->channel_stride,
            .depth = depth,
            .weights = job->weights + (ptrdiff_t)((o * 2 + t % 2) * 2 + dy) * depth * CELL * 2 * CELL,
            .bias = load(job->bias + o * CELL),
            .destination = job->destinations[t] + o * to->channel_stride + (2 * y + dy) * to->row_stride};
        int32_t x = 0;
        for (; x + 6 <= from->width; x += 6) narrow_rise_6(&rise, x);
        for (; x + 2 <= from->width; x += 2) narrow_rise_2(&rise, x);
        for (; x < from->width; x++) narrow_rise_1(&rise, x);
    }
}

static void upconvolution_narrow(const CKernelsUpconvolution *job, Part part) {
    const int32_t height = job->source_geometry.height, bands = bands_of(height, job->frames);
    for (int32_t t = 2 * part.first_frame; t < 2 * part.last_frame; t++)
        for (int32_t y = height * part.band / bands; y < height * (part.band + 1) / bands && job->destinations[t]; y++)
            for (int32_t o = 0; o < narrow_blocks(job->destination_channels); o++) narrow_rows_of(job, t, y, o);
}
