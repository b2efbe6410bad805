#include "CKernels.h"
#include <math.h>

static ptrdiff_t offset(const CKernelsGeometry *g, int32_t channel, int32_t y, int32_t x) {
    if (g->layout == CKernelsLayoutPlanar) return channel * g->channel_stride + y * g->row_stride + x;
    const int32_t block = g->layout == CKernelsLayoutBlocked ? CKernelsBlockChannels : CKernelsNarrowChannels;
    return channel / block * g->channel_stride + y * g->row_stride + (ptrdiff_t)x * block + channel % block;
}

static int inside(const CKernelsGeometry *g, int32_t y, int32_t x) {
    return y >= 0 && y < g->height && x >= 0 && x < g->width;
}

static double convolved(const CKernelsConvolution *job, const float *weights, int32_t t, int32_t o, int32_t y,
                        int32_t x) {
    int32_t all = job->source_channels[0] + job->source_channels[1];
    double sum = job->bias[o];
    for (int32_t i = 0; i < all; i++) {
        int second = i >= job->source_channels[0];
        int32_t channel = second ? i - job->source_channels[0] : i;
        const float *w = weights + ((ptrdiff_t)o * all + i) * 27;
        for (int32_t dt = 0; dt < 3; dt++) {
            const float *frame = job->sources[second][t + dt];
            if (!frame) continue;
            for (int32_t dy = 0; dy < 3; dy++)
                for (int32_t dx = 0; dx < 3; dx++)
                    if (inside(&job->geometry, y + dy - 1, x + dx - 1))
                        sum += (double)w[dt * 9 + dy * 3 + dx] *
                               frame[offset(&job->source_geometry, channel, y + dy - 1, x + dx - 1)];
        }
    }
    return sum;
}

void ckernels_convolution_reference(const CKernelsConvolution *job, const float *weights) {
    for (int32_t t = 0; t < job->frames; t++)
        for (int32_t o = 0; o < job->destination_channels; o++)
            for (int32_t y = 0; y < job->geometry.height; y++)
                for (int32_t x = 0; x < job->geometry.width; x++)
                    job->destinations[t][offset(&job->geometry, o, y, x)] =
                        (float)fmax(convolved(job, weights, t, o, y, x), 0);
}

void ckernels_pooling_reference(const CKernelsPooling *job) {
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t t = 0; t < job->frames; t++)
        for (int32_t c = 0; c < job->channels; c++)
            for (int32_t y = 0; y < to->height; y++)
                for (int32_t x = 0; x < to->width; x++) {
                    float largest = -INFINITY;
                    for (int corner = 0; corner < 8; corner++)
                        largest = fmaxf(largest, job->sources[2 * t + corner / 4][offset(
                                                     &job->source_geometry, c, 2 * y + corner / 2 % 2, 2 * x + corner % 2)]);
                    job->destinations[t][offset(to, c, y, x)] = largest;
                }
}

void ckernels_upconvolution_reference(const CKernelsUpconvolution *job, const float *weights) {
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t t = 0; t < 2 * job->frames; t++) {
        if (!job->destinations[t]) continue;
        for (int32_t o = 0; o < job->destination_channels; o++)
            for (int32_t y = 0; y < to->height; y++)
                for (int32_t x = 0; x < to->width; x++) {
                    double sum = job->bias[o];
                    for (int32_t i = 0; i < job->source_channels; i++)
                        sum += (double)weights[((ptrdiff_t)i * job->destination_channels + o) * 8 + t % 2 * 4 +
                                               y % 2 * 2 + x % 2] *
                               job->sources[t / 2][offset(&job->source_geometry, i, y / 2, x / 2)];
                    job->destinations[t][offset(to, o, y, x)] = (float)sum;
                }
    }
}

static void softmax_of_cell(const CKernelsSoftmax *job, const float *source, int32_t y, int32_t x, float *destination) {
    double scores[CKernelsClasses], largest = -INFINITY, sum = 0;
    for (int k = 0; k < CKernelsClasses; k++) {
        scores[k] = job->bias[k];
        for (int32_t c = 0; c < job->channels; c++)
            scores[k] += (double)job->weights[k * job->channels + c] * source[offset(&job->geometry, c, y, x)];
        largest = fmax(largest, scores[k]);
    }
    for (int k = 0; k < CKernelsClasses; k++) sum += scores[k] = exp(scores[k] - largest);
    for (int k = 0; k < CKernelsClasses; k++) destination[k * job->class_stride] = (float)(scores[k] / sum);
}

void ckernels_softmax_reference(const CKernelsSoftmax *job) {
    for (int32_t t = 0; t < job->frames; t++)
        for (int32_t y = 0; y < job->height; y++)
            for (int32_t x = 0; x < job->width; x++)
                softmax_of_cell(job, job->sources[t], job->top + y, job->left + x,
                                job->destinations[t] + (ptrdiff_t)y * job->width + x);
}
