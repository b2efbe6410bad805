// 3x3x3 convolution over planar frames by F(4,3) over y and x. Lanes are neighbouring tiles, four cells apart: rows are
// taken apart into the four phases of x before, and put together after.
#pragma once
#include "convolution_planar.h"
#include "winograd.h"

enum {
    /// Tiles of a segment: a part of a row of tiles that passes through all frames before the next.
    SEGMENT_TILES = PLANAR_VECTORS * LANES,
    /// A phase of a row of a segment, with room for the cell before and the one behind.
    PHASE_FLOATS = SEGMENT_TILES + 2 * LANES,
    /// Frames of which one result is made.
    DEPTH = 3
};

typedef struct Segment {
    const CKernelsConvolution *job;
    /// First row and column, and tiles in vectors.
    int32_t y, x, vectors;
    /// Of the rows y - 1 ... y + 4 from the start of a channel. Rows below the frame are like the first of them.
    ptrdiff_t row_offsets[WINOGRAD_PATCH];
    /// Between the factors of one point and those of the next.
    ptrdiff_t point_stride;
    /// [point][channel of all sources][tile] of the last frames.
    float *factors[DEPTH];
    /// [row of factors][phase]: x before the transform.
    float *phases;
    /// [point][destination channel of a tile][tile]
    float *products;
} Segment;

/// The rows of a channel that a segment reads.
typedef struct SegmentRows {
    const float *at[WINOGRAD_PATCH];
} SegmentRows;

INLINE SegmentRows winograd_rows(const Segment *segment, const float *channel) {
    SegmentRows rows;
    UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) rows.at[r] = channel + segment->row_offsets[r];
    return rows;
}

/// Transforms a column of vectors along y.
INLINE void winograd_column(const SegmentRows *rows, ptrdiff_t x, vec factors[WINOGRAD_PATCH]) {
    vec values[WINOGRAD_PATCH];
    UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) values[r] = *(const vec *)(rows->at[r] + x);
    winograd_factors(values, factors);
}

/// The same for lanes that may lie behind the row.
INLINE void winograd_column_at_end(const SegmentRows *rows, int32_t x, int32_t width, vec factors[WINOGRAD_PATCH]) {
    if (x < width) {
        winograd_column(rows, x, factors);
        if (x + LANES <= width) return;
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) keep_lanes(&factors[r], width - x);
    } else {
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) factors[r] = (vec){};
    }
}

/// Transforms one channel along y and takes its rows apart: phase p of tile i is cell 4 * i + p.
static void winograd_phases(const Segment *segment, const float *channel) {
    const SegmentRows source = winograd_rows(segment, channel);
    const int32_t width = segment->job->geometry.width, vectors = segment->vectors;
    vec rows[WINOGRAD_TILE][WINOGRAD_PATCH];
    float *phases = segment->phases + LANES;
    // The cell before the segment; the lanes behind it are written over.
    winograd_column(&source, segment->x - 1, rows[0]);
    UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++)
        *(vec *)(phases + (r * WINOGRAD_TILE + 3) * PHASE_FLOATS - 1) = rows[0][r];
    for (int32_t v = 0; v < vectors; v++) {
        const int32_t x = segment->x + v * WINOGRAD_TILE * LANES;
        if (x + WINOGRAD_TILE * LANES <= width) {
            UNROLL for (int i = 0; i < WINOGRAD_TILE; i++) winograd_column(&source, x + i * LANES, rows[i]);
        } else {
            UNROLL for (int i = 0; i < WINOGRAD_TILE; i++)
                winograd_column_at_end(&source, x + i * LANES, width, rows[i]);
        }
        float *to = phases + v * LANES;
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++, to += WINOGRAD_TILE * PHASE_FLOATS) {
            vec even = EVENS(rows[0][r], rows[1][r]), even2 = EVENS(rows[2][r], rows[3][r]);
            vec odd = ODDS(rows[0][r], rows[1][r]), odd2 = ODDS(rows[2][r], rows[3][r]);
            *(vec *)(to) = EVENS(even, even2);
            *(vec *)(to + PHASE_FLOATS) = EVENS(odd, odd2);
            *(vec *)(to + 2 * PHASE_FLOATS) = ODDS(even, even2);
            *(vec *)(to + 3 * PHASE_FLOATS) = ODDS(odd, odd2);
        }
    }
    // The cell behind the segment.
    const int32_t tiles = vectors * LANES;
    winograd_column_at_end(&source, segment->x + tiles * WINOGRAD_TILE, width, rows[0]);
    UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++)
        *(vec *)(phases + r * WINOGRAD_TILE * PHASE_FLOATS + tiles) = rows[0][r];
}

/// Transforms the phases along x.
static void winograd_factors_of_phases(const Segment *segment, float *factors) {
    const ptrdiff_t stride = segment->point_stride;
    const int32_t vectors = segment->vectors;
    const float *phases = segment->phases + LANES;
    for (int r = 0; r < WINOGRAD_PATCH; r++, phases += WINOGRAD_TILE * PHASE_FLOATS, factors += WINOGRAD_PATCH * stride)
        for (int32_t v = 0; v < vectors; v++) {
            const float *from = phases + v * LANES;
            float *to = factors + v * LANES;
            const vec values[WINOGRAD_PATCH] = {
                *(const vec *)(from + 3 * PHASE_FLOATS - 1), *(const vec *)(from),
                *(const vec *)(from + PHASE_FLOATS),         *(const vec *)(from + 2 * PHASE_FLOATS),
                *(const vec *)(from + 3 * PHASE_FLOATS),     *(const vec *)(from + 1)};
            vec results[WINOGRAD_PATCH];
            winograd_factors(values, results);
            UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++) *(vec *)(to + i * stride) = results[i];
        }
}

/// Asks for all that the transform of a channel reads.
static void winograd_prefetch(const Segment *segment, const float *channel) {
    const SegmentRows rows = winograd_rows(segment, channel);
    const int32_t end = segment->x + segment->vectors * WINOGRAD_TILE * LANES;
    for (int r = 0; r < WINOGRAD_PATCH; r++)
        for (int32_t x = segment->x - 1; x < end + 16; x += 16) __builtin_prefetch(rows.at[r] + x, 0, 2);
}

/// Transforms one frame of one source, NULL if it is zeros; `next` is the frame after it. The first frame has not been
/// asked for by any before it.
static void winograd_source(const Segment *segment, const float *frame, const float *next, int is_first,
                            int32_t channels, float *factors) {
    const int32_t tiles = segment->vectors * LANES;
    const ptrdiff_t channel_stride = segment->job->geometry.channel_stride;
    if (!frame)
        for (int point = 0; point < WINOGRAD_POINTS; point++)
            memset(factors + point * segment->point_stride, 0, (size_t)(channels * tiles) * sizeof(float));
    for (int32_t c = 0; c < channels; c++, factors += tiles) {
        if (next) winograd_prefetch(segment, next + c * channel_stride);
        if (!frame) continue;
        if (is_first && c + 2 < channels) winograd_prefetch(segment, frame + (c + 2) * channel_stride);
        winograd_phases(segment, frame + c * channel_stride);
        winograd_factors_of_phases(segment, factors);
    }
}

/// Transforms source frame t.
static void winograd_frame(const Segment *segment, int32_t t) {
    const CKernelsConvolution *job = segment->job;
    float *factors = segment->factors[t % DEPTH];
    for (int s = 0; s < 2; s++) {
        const int32_t channels = job->source_channels[s];
        if (channels == 0) continue;
        const float *next = t < job->frames + 1 ? job->sources[s][t + 1] : NULL;
        winograd_source(segment, job->sources[s][t], next, t == 0, channels, factors);
        factors += (ptrdiff_t)channels * segment->vectors * LANES;
    }
}

/// Asks for one row of one channel that the results will be written to; `index` counts rows, then channels.
INLINE void winograd_prefetch_destination(const Segment *segment, int32_t t, int32_t o, int index, const int vectors) {
    const CKernelsConvolution *job = segment->job;
    const int32_t channel = o + index / WINOGRAD_TILE, y = segment->y + index % WINOGRAD_TILE;
    if (index >= PLANAR_CHANNELS * WINOGRAD_TILE || channel >= job->destination_channels || y >= job->geometry.height)
        return;
    const float *row = job->destinations[t] + channel * job->geometry.channel_stride + y * job->geometry.row_stride;
    UNROLL for (int x = 0; x < vectors * WINOGRAD_TILE * LANES; x += 16) __builtin_prefetch(row + segment->x + x, 1, 2);
}

/// Products of all points, of destination frame t and PLANAR_CHANNELS channels from o on.
INLINE void winograd_products(const Segment *segment, int32_t t, int32_t o, const float *weights, const int vectors) {
    const CKernelsConvolution *job = segment->job;
    const int32_t channels = job->source_channels[0] + job->source_channels[1];
    float *to = segment->products;
    NO_UNROLL for (int point = 0; point < WINOGRAD_POINTS; point++) {
        winograd_prefetch_destination(segment, t, o, point, vectors);
        vec sums[PLANAR_CHANNELS][PLANAR_VECTORS];
        UNROLL for (int i = 0; i < PLANAR_CHANNELS; i++)
            UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = (vec){};
        NO_UNROLL for (int dt = 0; dt < DEPTH; dt++, weights += channels * PLANAR_PACK) {
            const float *source = segment->factors[(t + dt) % DEPTH] + point * segment->point_stride;
            const float *w = weights;
            _Pragma("clang loop unroll_count(2)") for (int32_t c = channels; c > 0; c--) {
                vec values[PLANAR_VECTORS];
                UNROLL for (int v = 0; v < vectors; v++) values[v] = *(const vec *)(source + v * LANES);
                UNROLL for (int i = 0; i < PLANAR_CHANNELS; i++) {
                    vec weight = splat(w[i]);
                    UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += weight * values[v];
                }
                source += vectors * LANES;
                w += PLANAR_PACK;
            }
        }
        UNROLL for (int i = 0; i < PLANAR_CHANNELS; i++)
            UNROLL for (int v = 0; v < vectors; v++, to += LANES) *(vec *)to = sums[i][v];
    }
}

/// Four cells of each tile of a row: puts the phases together.
INLINE void winograd_store_row(const vec phases[WINOGRAD_TILE], float *row, int32_t x, int32_t width) {
    vec low = INTERLEAVED_LOW(phases[0], phases[2]), low2 = INTERLEAVED_LOW(phases[1], phases[3]);
    vec high = INTERLEAVED_HIGH(phases[0], phases[2]), high2 = INTERLEAVED_HIGH(phases[1], phases[3]);
    vec cells[WINOGRAD_TILE] = {INTERLEAVED_LOW(low, low2), INTERLEAVED_HIGH(low, low2),
                                INTERLEAVED_LOW(high, high2), INTERLEAVED_HIGH(high, high2)};
    UNROLL for (int i = 0; i < WINOGRAD_TILE; i++) {
        int32_t start = x + i * LANES;
        if (start >= width) return;
        if (start + LANES > width) keep_lanes(&cells[i], width - start);
        *(vec *)(row + start) = cells[i];
    }
}

/// Results of one vector of tiles and one channel from the products, `stride` floats apart.
INLINE void winograd_store(const Segment *segment, const float *products, ptrdiff_t stride, float bias, float *channel,
                           int32_t x) {
    const CKernelsGeometry *g = &segment->job->geometry;
    vec rows[WINOGRAD_TILE][WINOGRAD_PATCH];
    UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++) {
        vec column[WINOGRAD_PATCH], results[WINOGRAD_TILE];
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++)
            column[r] = *(const vec *)(products + (r * WINOGRAD_PATCH + i) * stride);
        winograd_results(column, results);
        UNROLL for (int r = 0; r < WINOGRAD_TILE; r++) rows[r][i] = results[r];
    }
    UNROLL for (int r = 0; r < WINOGRAD_TILE; r++) {
        if (segment->y + r >= g->height) break;
        vec results[WINOGRAD_TILE];
        winograd_results(rows[r], results);
        UNROLL for (int i = 0; i < WINOGRAD_TILE; i++)
            results[i] = __builtin_elementwise_max(results[i] + splat(bias), (vec){});
        winograd_store_row(results, channel + (segment->y + r) * g->row_stride, x, g->width);
    }
}

INLINE void winograd_tile(const Segment *segment, int32_t t, int32_t o, const float *weights, const int vectors) {
    const CKernelsConvolution *job = segment->job;
    winograd_products(segment, t, o, weights, vectors);
    const int32_t count = minimum(PLANAR_CHANNELS, job->destination_channels - o);
    for (int32_t i = 0; i < count; i++)
        for (int v = 0; v < vectors; v++)
            winograd_store(segment, segment->products + (i * vectors + v) * LANES,
                           (ptrdiff_t)PLANAR_CHANNELS * vectors * LANES, job->bias[o + i],
                           job->destinations[t] + (o + i) * job->geometry.channel_stride,
                           segment->x + v * WINOGRAD_TILE * LANES);
}

#define WINOGRAD_TILE_FUNCTION(VECTORS)                                                                    \
    __attribute__((noinline)) static void winograd_tile_##VECTORS(const Segment *segment, int32_t t, int32_t o, \
                                                                  const float *weights) {                  \
        winograd_tile(segment, t, o, weights, VECTORS);                                                    \
    }

WINOGRAD_TILE_FUNCTION(1)
WINOGRAD_TILE_FUNCTION(2)
#if PLANAR_VECTORS >= 3
WINOGRAD_TILE_FUNCTION(3)
#endif
#if PLANAR_VECTORS >= 4
WINOGRAD_TILE_FUNCTION(4)
#endif

/// Destination frame t of a segment.
static void winograd_destination(const Segment *segment, int32_t t) {
    const CKernelsConvolution *job = segment->job;
    const ptrdiff_t pack_floats = (ptrdiff_t)(job->source_channels[0] + job->source_channels[1]) * DEPTH *
                                  WINOGRAD_POINTS * PLANAR_PACK;
    for (int32_t o = 0; o < job->destination_channels; o += PLANAR_CHANNELS) {
        const float *weights = job->weights + o / PLANAR_PACK * pack_floats + o % PLANAR_PACK;
        switch (segment->vectors) {
        case 1: winograd_tile_1(segment, t, o, weights); break;
        case 2: winograd_tile_2(segment, t, o, weights); break;
#if PLANAR_VECTORS >= 3
        case 3: winograd_tile_3(segment, t, o, weights); break;
#endif
#if PLANAR_VECTORS >= 4
        case 4: winograd_tile_4(segment, t, o, weights); break;
#endif
        }
    }
}

static void winograd_planar(const CKernelsConvolution *job, Part part, float *scratch) {
    const int32_t channels = job->source_channels[0] + job->source_channels[1];
    const int32_t groups = planar_groups(job), row = part.band / groups, group = part.band % groups;
    const int32_t all = parts_of(tiles_along(job->geometry.width), LANES);
    const int32_t start = tile_start(all, groups, group), vectors = tile_start(all, groups, group + 1) - start;
    const int32_t segments = parts_of(vectors, PLANAR_VECTORS);
    for (int32_t i = 0; i < segments; i++) {
        const int32_t first = start + tile_start(vectors, segments, i);
        Segment segment = {.job = job,
                           .y = row * WINOGRAD_TILE,
                           .x = first * LANES * WINOGRAD_TILE,
                           .vectors = start + tile_start(vectors, segments, i + 1) - first};
        for (int r = 0; r < WINOGRAD_PATCH; r++)
            segment.row_offsets[r] =
                minimum(segment.y - 1 + r, job->geometry.height) * job->geometry.row_stride;
        // Not a multiple of 4 KiB, which would make all points fall into one cache set.
        segment.point_stride = (ptrdiff_t)channels * segment.vectors * LANES + MARGIN_FLOATS;
        for (int d = 0; d < DEPTH; d++) segment.factors[d] = scratch + d * WINOGRAD_POINTS * segment.point_stride;
        segment.phases = scratch + DEPTH * WINOGRAD_POINTS * segment.point_stride;
        segment.products = segment.phases + WINOGRAD_PATCH * WINOGRAD_TILE * PHASE_FLOATS;
        for (int32_t t = 0; t < DEPTH - 1; t++) winograd_frame(&segment, t);
        for (int32_t t = 0; t < job->frames; t++) {
            winograd_frame(&segment, t + DEPTH - 1);
            winograd_destination(&segment, t);
        }
    }
}
