// 1x1x1 convolution of narrow frames to four classes and softmax over them: eight cells are turned into eight vectors of one
// channel each.
#pragma once
#include "narrow.h"
#include "softmax.h"

/// Turns eight cells into vectors of one channel, or the other way round.
INLINE void turn_cells(vec v[CELL]) {
    vec halves[CELL], quarters[CELL];
    UNROLL for (int i = 0; i < 4; i++) {
        halves[i] = __builtin_shufflevector(v[i], v[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        halves[i + 4] = __builtin_shufflevector(v[i], v[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    UNROLL for (int h = 0; h < CELL; h += 4)
        UNROLL for (int i = 0; i < 2; i++) {
            const vec a = halves[h + i], b = halves[h + i + 2];
            quarters[h + i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
            quarters[h + i + 2] = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
        }
    UNROLL for (int h = 0; h < CELL; h += 4)
        UNROLL for (int i = 0; i < 2; i++) {
            const vec a = quarters[h + 2 * i], b = quarters[h + 2 * i + 1];
            v[h + 2 * i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
            v[h + 2 * i + 1] = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
        }
}

INLINE void narrow_probabilities(const CKernelsSoftmax *job, const float *from, vec result[CKernelsClasses]) {
    UNROLL for (int k = 0; k < CKernelsClasses; k++) result[k] = splat(job->bias[k]);
    for (int32_t first = 0; first < job->channels; first += CELL, from += job->geometry.channel_stride) {
        vec channels[CELL];
        UNROLL for (int i = 0; i < CELL; i++) channels[i] = load(from + i * CELL);
        turn_cells(channels);
        const int32_t count = minimum(CELL, job->channels - first);
        if (count == CELL) {
            UNROLL for (int c = 0; c < CELL; c++) add_scores(job, channels[c], first + c, result);
        } else {
            for (int32_t c = 0; c < count; c++) add_scores(job, channels[c], first + c, result);
        }
    }
    normalise(result);
}

static void softmax_narrow(const CKernelsSoftmax *job, Part part) {
    const int32_t bands = bands_of(job->height, job->frames);
    for (int32_t t = part.first_frame; t < part.last_frame; t++)
        for (int32_t y = job->height * part.band / bands; y < job->height * (part.band + 1) / bands; y++) {
            const float *from =
                job->sources[t] + (job->top + y) * job->geometry.row_stride + (ptrdiff_t)job->left * CELL;
            for (int32_t x = 0; x < job->width; x += CELL) {
                vec result[CKernelsClasses];
                narrow_probabilities(job, from + (ptrdiff_t)x * CELL, result);
                store_probabilities(job, t, y, x, result);
            }
        }
}
