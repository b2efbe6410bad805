// 3x3x3 convolution from one planar source of few channels to narrow frames, tap by tap: a register tile of up to 12 cells
// along x.
#pragma once
#include "cut.h"
#include "narrow.h"

enum { NARROW_CELLS = 12 };

/// One source frame that is not padding: its row, channel 0, and [channel][y][x][8] weights.
typedef struct NarrowTap {
    const float *source;
    const float *weights;
} NarrowTap;

typedef struct NarrowRow {
    NarrowTap taps[3];
    int32_t tap_count, channels;
    /// Of the source.
    ptrdiff_t row_stride, channel_stride;
    vec bias;
    float *destination;
} NarrowRow;

INLINE void narrow_row_cells_at(const NarrowRow *row, int32_t x, const int count) {
    vec sums[NARROW_CELLS];
    UNROLL for (int i = 0; i < count; i++) sums[i] = row->bias;
    NO_UNROLL for (int32_t tap = 0; tap < row->tap_count; tap++) {
        const float *w = row->taps[tap].weights;
        NO_UNROLL for (int32_t c = 0; c < row->channels; c++) {
            const float *from = row->taps[tap].source + c * row->channel_stride - row->row_stride - 1 + x;
            NO_UNROLL for (int dy = 0; dy < 3; dy++, from += row->row_stride, w += 3 * CELL) {
                const vec w0 = load(w), w1 = load(w + CELL), w2 = load(w + 2 * CELL);
                UNROLL for (int i = 0; i < count + 2; i++) {
                    const vec value = splat(from[i]);
                    if (i < count) sums[i] += value * w0;
                    if (i >= 1 && i < count + 1) sums[i - 1] += value * w1;
                    if (i >= 2) sums[i - 2] += value * w2;
                }
            }
        }
    }
    UNROLL for (int i = 0; i < count; i++)
        store(row->destination + (ptrdiff_t)(x + i) * CELL, __builtin_elementwise_max(sums[i], (vec){}));
}

#define NARROW_CELLS_FUNCTION(N) \
    __attribute__((noinline)) static void narrow_cells_##N(const NarrowRow *row, int32_t x) { narrow_row_cells_at(row, x, N); }

NARROW_CELLS_FUNCTION(12)
NARROW_CELLS_FUNCTION(4)
NARROW_CELLS_FUNCTION(1)

static void convolution_narrow(const CKernelsConvolution *job, Part part) {
    const CKernelsGeometry *from = &job->source_geometry, *to = &job->geometry;
    const int32_t bands = bands_of(to->height, job->frames), channels = job->source_channels[0];
    const ptrdiff_t frame_floats = (ptrdiff_t)channels * 9 * CELL;
    for (int32_t t = part.first_frame; t < part.last_frame; t++)
        for (int32_t y = to->height * part.band / bands; y < to->height * (part.band + 1) / bands; y++)
            for (int32_t o = 0; o < narrow_blocks(job->destination_channels); o++) {
                NarrowRow row = {.channels = channels,
                                 .row_stride = from->row_stride,
                                 .channel_stride = from->channel_stride,
                                 .bias = load(job->bias + o * CELL),
                                 .destination = job->destinations[t] + o * to->channel_stride + y * to->row_stride};
                for (int dt = 0; dt < 3; dt++)
                    if (job->sources[0][t + dt])
                        row.taps[row.tap_count++] = (NarrowTap){job->sources[0][t + dt] + y * from->row_stride,
                                                                job->weights + (o * 3 + dt) * frame_floats};
                int32_t x = 0;
                for (; x + 12 <= to->width; x += 12) narrow_cells_12(&row, x);
                for (; x + 4 <= to->width; x += 4) narrow_cells_4(&row, x);
                for (; x < to->width; x++) narrow_cells_1(&row, x);
            }
}
