// 1x1x1 convolution to four classes and softmax over them.
#pragma once
#include "cut.h"
#include "vector.h"

/// exp(x) for x <= 0, to about one unit in the last place; below -87 it stays at exp(-87).
INLINE vec exponential(vec x) {
    const vec exponent = __builtin_elementwise_max(x, splat(-87)) * 1.44269504f;
    const vec whole = __builtin_elementwise_rint(exponent), f = exponent - whole;
    vec power = splat(1.5403530e-4f);
    power = power * f + 1.3333558e-3f;
    power = power * f + 9.6181291e-3f;
    power = power * f + 5.5504109e-2f;
    power = power * f + 2.4022651e-1f;
    power = power * f + 6.9314718e-1f;
    power = power * f + 1.0f;
    // 2^whole through the exponent's bits.
    return power * (vec)((__builtin_convertvector(whole, ivec) + 127) << 23);
}

/// Adds one channel of LANES cells to the scores of all classes.
INLINE void add_scores(const CKernelsSoftmax *job, vec value, int32_t channel, vec scores[CKernelsClasses]) {
    UNROLL for (int k = 0; k < CKernelsClasses; k++) scores[k] += value * job->weights[k * job->channels + channel];
}

/// From scores to probabilities.
INLINE void normalise(vec result[CKernelsClasses]) {
    vec largest = __builtin_elementwise_max(__builtin_elementwise_max(result[0], result[1]),
                                            __builtin_elementwise_max(result[2], result[3]));
    vec sum = {};
    UNROLL for (int k = 0; k < CKernelsClasses; k++) {
        result[k] = exponential(result[k] - largest);
        sum += result[k];
    }
    vec scale = 1.0f / sum;
    UNROLL for (int k = 0; k < CKernelsClasses; k++) result[k] *= scale;
}

INLINE void probabilities(const CKernelsSoftmax *job, const float *source, vec result[CKernelsClasses]) {
    UNROLL for (int k = 0; k < CKernelsClasses; k++) result[k] = splat(job->bias[k]);
    for (int32_t c = 0; c < job->channels; c++)
        add_scores(job, *(const vec *)(source + c * job->geometry.channel_stride), c, result);
    normalise(result);
}

/// Stores what lies within the row.
INLINE void store_probabilities(const CKernelsSoftmax *job, int32_t t, int32_t y, int32_t x,
                                const vec result[CKernelsClasses]) {
    float *to = job->destinations[t] + (ptrdiff_t)y * job->width + x;
    if (x + LANES <= job->width) {
        UNROLL for (int k = 0; k < CKernelsClasses; k++) *(vec *)(to + k * job->class_stride) = result[k];
        return;
    }
    const size_t bytes = (size_t)(job->width - x) * sizeof(float);
    for (int k = 0; k < CKernelsClasses; k++) memcpy(to + k * job->class_stride, &result[k], bytes);
}

static void softmax(const CKernelsSoftmax *job, Part part) {
    const int32_t bands = bands_of(job->height, job->frames);
    for (int32_t t = part.first_frame; t < part.last_frame; t++)
        for (int32_t y = job->height * part.band / bands; y < job->height * (part.band + 1) / bands; y++) {
            const float *from = job->sources[t] + (job->top + y) * job->geometry.row_stride + job->left;
            for (int32_t x = 0; x < job->width; x += LANES) {
                vec result[CKernelsClasses];
                probabilities(job, from + x, result);
                store_probabilities(job, t, y, x, result);
            }
        }
}
