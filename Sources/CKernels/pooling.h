// 2x2x2 maximum.
#pragma once
#include "cut.h"
#include "vector.h"

/// What is pooled at once: rows of some planes of the source.
typedef struct PoolingPart {
    const CKernelsPooling *job;
    int32_t first_plane, last_plane;
} PoolingPart;

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

/// LANES pooled cells of a planar row, from destination vec x on.
INLINE vec pooled_cells(const PoolingRows *from, ptrdiff_t x, int32_t width) {
    vec low = largest_of_rows(from, 2 * x);
    // A row of sources is padded to 16 floats, so its second half may lie in the next row: it is cut off.
    vec high = 2 * x + LANES < 2 * width ? largest_of_rows(from, 2 * x + LANES) : (vec){};
    vec result = __builtin_elementwise_max(EVENS(low, high), ODDS(low, high));
    if (x + LANES > width) keep_lanes(&result, (int32_t)(width - x));
    return result;
}

static void pooling_row_planar(const PoolingPart *part, int32_t t, int32_t y) {
    const CKernelsPooling *job = part->job;
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t c = part->first_plane; c < part->last_plane; c++) {
        PoolingRows from = pooling_rows(job, t, y, c);
        float *row = job->destinations[t] + c * to->channel_stride + y * to->row_stride;
        for (int32_t x = 0; x < to->width; x += LANES) *(vec *)(row + x) = pooled_cells(&from, x, to->width);
    }
}

static void pooling_row_planar_to_blocked(const PoolingPart *part, int32_t t, int32_t y) {
    const CKernelsPooling *job = part->job;
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t c = part->first_plane; c < part->last_plane; c++) {
        PoolingRows from = pooling_rows(job, t, y, c);
        float *row = job->destinations[t] + c / B * to->channel_stride + y * to->row_stride + c % B;
        for (int32_t x = 0; x < to->width; x += LANES) {
            vec cells = pooled_cells(&from, x, to->width);
            int32_t count = minimum(LANES, to->width - x);
            for (int32_t i = 0; i < count; i++) row[(ptrdiff_t)(x + i) * B] = cells[i];
        }
    }
}

static void pooling_row_blocked(const PoolingPart *part, int32_t t, int32_t y) {
    const CKernelsPooling *job = part->job;
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *to = &job->destination_geometry;
    for (int32_t block = part->first_plane; block < part->last_plane; block++) {
        PoolingRows from = pooling_rows(job, t, y, block);
        float *row = job->destinations[t] + block * to->channel_stride + y * to->row_stride;
        for (int32_t x = 0; x < to->width; x++)
            UNROLL for (int v = 0; v < BLOCK_VECTORS; v++)
                *(vec *)(row + x * B + v * LANES) = __builtin_elementwise_max(
                    largest_of_rows(&from, 2 * x * B + v * LANES), largest_of_rows(&from, (2 * x + 1) * B + v * LANES));
    }
}

#if NARROW
INLINE vec pooled_cell(const PoolingRows *from, int32_t x) {
    vec corners[4];
    UNROLL for (int i = 0; i < 4; i++) {
        const float *pair = from->rows[i] + (ptrdiff_t)2 * x * CELL;
        corners[i] = __builtin_elementwise_max(load(pair), load(pair + CELL));
    }
    return __builtin_elementwise_max(__builtin_elementwise_max(corners[0], corners[1]),
                                     __builtin_elementwise_max(corners[2], corners[3]));
}

/// From narrow to narrow frames, or to half of the channels of blocked ones.
static void pooling_row_narrow(const PoolingPart *part, int32_t t, int32_t y) {
    const CKernelsPooling *job = part->job;
    const CKernelsGeometry *to = &job->destination_geometry;
    const int32_t halves = to->layout == CKernelsLayoutBlocked ? CKernelsBlockChannels / CELL : 1;
    for (int32_t block = part->first_plane; block < part->last_plane; block++) {
        const PoolingRows from = pooling_rows(job, t, y, block);
        float *row = job->destinations[t] + block / halves * to->channel_stride + y * to->row_stride +
                     block % halves * CELL;
        for (int32_t x = 0; x < to->width; x++) store(row + (ptrdiff_t)x * halves * CELL, pooled_cell(&from, x));
    }
}
#endif

static void pooling_row(const PoolingPart *part, int32_t t, int32_t y) {
    const CKernelsLayout from = part->job->source_geometry.layout, to = part->job->destination_geometry.layout;
#if NARROW
    if (from == CKernelsLayoutNarrow) return pooling_row_narrow(part, t, y);
#endif
    if (to == CKernelsLayoutPlanar) return pooling_row_planar(part, t, y);
    if (from == CKernelsLayoutPlanar) return pooling_row_planar_to_blocked(part, t, y);
    pooling_row_blocked(part, t, y);
}

static void pooling(const CKernelsPooling *job, Part part) {
    const int32_t height = job->destination_geometry.height, bands = bands_of(height, job->frames);
    const int32_t planes = planes_of(job->source_geometry.layout, job->channels), groups = pooling_groups(job);
    const int32_t band = part.band / groups, group = part.band % groups;
    const PoolingPart rows = {job, tile_start(planes, groups, group), tile_start(planes, groups, group + 1)};
    for (int32_t t = part.first_frame; t < part.last_frame; t++)
        for (int32_t y = height * band / bands; y < height * (band + 1) / bands; y++) pooling_row(&rows, t, y);
}
