// 2x2x2 maximum.
#pragma once
#include "vector.h"

/// The four source rows of one destination row.
typedef struct PoolingRows {
    const float *rows[4];
} PoolingRows;

static PoolingRows pooling_rows(const CKernelsPooling *job, int32_t t, int32_t y, ptrdiff_t plane) {
    const CKernelsGeometry *g = &job->source_geometry;
    PoolingRows result;
    for (int i = 0; i < 4; i++)
        result.rows[i] = job->sources[2 * t + i / 2] + plane * g->channel_stride + (2 * y + i % 2) * g->row_stride;
    return result;
}

INLINE vec largest_of_rows(const PoolingRows *from, ptrdiff_t at) {
    return __builtin_elementwise_max(
        __builtin_elementwise_max(*(const vec *)(from->rows[0] + at), *(const vec *)(from->rows[1] + at)),
        __builtin_elementwise_max(*(const vec *)(from->rows[2] + at), *(const vec *)(from->rows[3] + at)));
}

/// LANES pooled cells of a planar row, from destination cell x on.
INLINE vec pooled_cells(const PoolingRows *from, ptrdiff_t x, int32_t width) {
    vec low = largest_of_rows(from, 2 * x);
    // A row of sources is padded to 16 floats, so its second half may lie in the next row: it is cut off.
    vec high = 2 * x + LANES < 2 * width ? largest_of_rows(from, 2 * x + LANES) : (vec){};
    vec result = __builtin_elementwise_max(EVENS(low, high), ODDS(low, high));
    if (x + LANES > width) keep_lanes(&result, (int32_t)(width - x));
    return result;
}

static void pooling_row_planar(const CKernelsPooling *job, int32_t t, int32_t y) {
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t c = 0; c < job->channels; c++) {
        PoolingRows from = pooling_rows(job, t, y, c);
        float *row = job->destinations[t] + c * to->channel_stride + y * to->row_stride;
        for (int32_t x = 0; x < to->width; x += LANES) *(vec *)(row + x) = pooled_cells(&from, x, to->width);
    }
}

static void pooling_row_planar_to_blocked(const CKernelsPooling *job, int32_t t, int32_t y) {
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t c = 0; c < job->channels; c++) {
        PoolingRows from = pooling_rows(job, t, y, c);
        float *row = job->destinations[t] + c / B * to->channel_stride + y * to->row_stride + c % B;
        for (int32_t x = 0; x < to->width; x += LANES) {
            vec cells = pooled_cells(&from, x, to->width);
            int32_t count = minimum(LANES, to->width - x);
            for (int32_t i = 0; i < count; i++) row[(ptrdiff_t)(x + i) * B] = cells[i];
        }
    }
}

static void pooling_row_blocked(const CKernelsPooling *job, int32_t t, int32_t y) {
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t block = 0; block < blocks(job->channels); block++) {
        PoolingRows from = pooling_rows(job, t, y, block);
        float *row = job->destinations[t] + block * to->channel_stride + y * to->row_stride;
        for (int32_t x = 0; x < to->width; x++)
            UNROLL for (int v = 0; v < BLOCK_VECTORS; v++)
                *(vec *)(row + x * B + v * LANES) = __builtin_elementwise_max(
                    largest_of_rows(&from, 2 * x * B + v * LANES), largest_of_rows(&from, (2 * x + 1) * B + v * LANES));
    }
}

static void pooling(const CKernelsPooling *job, Part part) {
    const int32_t height = job->destination_geometry.height, bands = bands_of(height);
    const int from_planar = job->source_geometry.layout == CKernelsLayoutPlanar;
    const int to_planar = job->destination_geometry.layout == CKernelsLayoutPlanar;
    for (int32_t t = part.first_frame; t < part.last_frame; t++)
        for (int32_t y = height * part.band / bands; y < height * (part.band + 1) / bands; y++) {
            if (to_planar)
                pooling_row_planar(job, t, y);
            else if (from_planar)
                pooling_row_planar_to_blocked(job, t, y);
            else
                pooling_row_blocked(job, t, y);
        }
}
