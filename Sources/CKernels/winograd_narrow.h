// 3x3x3 convolution over narrow frames by F(4,3) over y and x: a vector is one cell, so that no transform moves values
// between lanes.
//
// A segment, some tiles of a row of tiles, passes through all frames. Factors of the last four frames are kept, and two
// frames of results are made at once: a factor is read once for both.
#pragma once
#include "narrow.h"
#include "narrow_ahead.h"
#include "winograd.h"

enum {
    /// Tiles of a register tile: two sums each, three weights and one factor make 16 registers.
    NARROW_GROUP = 6,
    NARROW_SLOT = NARROW_TILES * CELL,
    NARROW_BLOCK = WINOGRAD_POINTS * NARROW_POINT,
};

/// The cells of six rows at one column, transformed along y.
INLINE void narrow_column(const float *from, ptrdiff_t row, vec factors[WINOGRAD_PATCH]) {
    vec values[WINOGRAD_PATCH];
    UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) values[r] = load(from + (r - 1) * row);
    winograd_factors(values, factors);
}

enum { KEPT_COLUMNS = 8 };

/// Transforms the patch of one tile. `columns` keeps eight columns transformed along y, of which two are the first of the
/// next tile's; `half` tells which four are new.
INLINE void narrow_patch(const float *from, ptrdiff_t row, float *columns, const int half, float *factors) {
    UNROLL for (int i = 2; i < WINOGRAD_PATCH; i++) {
        vec results[WINOGRAD_PATCH];
        float *to = columns + (4 * half + i) % KEPT_COLUMNS * WINOGRAD_PATCH * CELL;
        narrow_column(from + (i - 1) * CELL, row, results);
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) store(to + r * CELL, results[r]);
    }
    UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) {
        vec values[WINOGRAD_PATCH], results[WINOGRAD_PATCH];
        UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++)
            values[i] = load(columns + ((4 * half + i) % KEPT_COLUMNS * WINOGRAD_PATCH + r) * CELL);
        winograd_factors(values, results);
        UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++)
            store(factors + (r * WINOGRAD_PATCH + i) * NARROW_POINT, results[i]);
    }
}

__attribute__((noinline)) static void narrow_factors(const float *from, ptrdiff_t row, int32_t tiles, float *factors) {
    _Alignas(64) float columns[KEPT_COLUMNS * WINOGRAD_PATCH * CELL];
    UNROLL for (int i = 0; i < 2; i++) {
        vec results[WINOGRAD_PATCH];
        narrow_column(from + (i - 1) * CELL, row, results);
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) store(columns + (i * WINOGRAD_PATCH + r) * CELL, results[r]);
    }
    for (; tiles > 0; tiles -= 2, from += 2 * WINOGRAD_TILE * CELL, factors += 2 * CELL) {
        narrow_patch(from, row, columns, 0, factors);
        if (tiles > 1) narrow_patch(from + WINOGRAD_TILE * CELL, row, columns, 1, factors + CELL);
    }
}

/// Transforms source frame t of a segment.
static void narrow_frame(const NarrowSegment *segment, int32_t t) {
    float *factors = segment->factors + t % NARROW_SLOTS * NARROW_SLOT;
    for (int32_t b = 0; b < segment->depth; b++, factors += NARROW_BLOCK) {
        const float *from = narrow_source(segment, b, t);
        if (from)
            narrow_factors(from, segment->job->source_geometry.row_stride, segment->tiles, factors);
        else
            for (int point = 0; point < WINOGRAD_POINTS; point++)
                memset(factors + point * NARROW_POINT, 0, NARROW_SLOT * sizeof(float));
    }
}

/// Products of one point, `count` tiles and two frames of results. `f` are the factors of the four frames, `w` the weights
/// [block][channel][t][8]; with every channel a line of `ahead` is asked for.
INLINE void narrow_products(const float *const f[NARROW_SLOTS], const float *w, int32_t depth, NarrowPieces ahead,
                            float *to, const int count) {
    vec a[NARROW_GROUP], b[NARROW_GROUP];
    UNROLL for (int i = 0; i < count; i++) a[i] = b[i] = (vec){};
    const float *f0 = f[0], *f1 = f[1], *f2 = f[2], *f3 = f[3];
    NO_UNROLL for (; depth > 0; depth--) {
        const float *next = *ahead.next;
        ahead.next += ahead.step;
        UNROLL for (int c = 0; c < CELL; c++, w += 3 * CELL) {
            __builtin_prefetch(next + c * PREFETCH_FLOATS, 0, 2);
            vec w0 = load(w), w1 = load(w + CELL), w2 = load(w + 2 * CELL);
            PIN(w0);
            PIN(w1);
            PIN(w2);
            UNROLL for (int i = 0; i < count; i++) {
                a[i] += splat(f0[i * CELL + c]) * w0;
                PIN(a[i]);
            }
            UNROLL for (int i = 0; i < count; i++) {
                const vec value = splat(f1[i * CELL + c]);
                a[i] += value * w1, b[i] += value * w0;
                PIN(a[i]);
                PIN(b[i]);
            }
            UNROLL for (int i = 0; i < count; i++) {
                const vec value = splat(f2[i * CELL + c]);
                a[i] += value * w2, b[i] += value * w1;
                PIN(a[i]);
                PIN(b[i]);
            }
            UNROLL for (int i = 0; i < count; i++) {
                b[i] += splat(f3[i * CELL + c]) * w2;
                PIN(b[i]);
            }
        }
        f0 += NARROW_BLOCK, f1 += NARROW_BLOCK, f2 += NARROW_BLOCK, f3 += NARROW_BLOCK;
    }
    UNROLL for (int i = 0; i < count; i++) {
        store(to + i * CELL, a[i]);
        store(to + NARROW_SLOT + i * CELL, b[i]);
    }
}

#define NARROW_PRODUCTS(N)                                                                                        \
    __attribute__((noinline)) static void narrow_products_##N(const float *const f[NARROW_SLOTS], const float *w, \
                                                              int32_t depth, NarrowPieces ahead, float *to) {     \
        narrow_products(f, w, depth, ahead, to, N);                                                               \
    }

NARROW_PRODUCTS(1)
NARROW_PRODUCTS(2)
NARROW_PRODUCTS(3)
NARROW_PRODUCTS(4)
NARROW_PRODUCTS(5)
NARROW_PRODUCTS(6)

/// Products of all points of destination block o, frames t and t + 1.
static void narrow_all_products(const NarrowSegment *segment, int32_t t, int32_t o, NarrowAhead *ahead) {
    const int32_t groups = parts_of(segment->tiles, NARROW_GROUP);
    const ptrdiff_t weights = (ptrdiff_t)segment->depth * CELL * 3 * CELL;
    const float *w = segment->job->weights + o * WINOGRAD_POINTS * weights;
    float *to = segment->products;
    for (int point = 0; point < WINOGRAD_POINTS; point++, w += weights, to += NARROW_PRODUCT)
        for (int32_t i = 0; i < groups; i++) {
            const int32_t first = tile_start(segment->tiles, groups, i);
            const ptrdiff_t start = (ptrdiff_t)first * CELL;
            const float *f[NARROW_SLOTS];
            UNROLL for (int k = 0; k < NARROW_SLOTS; k++)
                f[k] = segment->factors + (t + k) % NARROW_SLOTS * NARROW_SLOT + point * NARROW_POINT + start;
            const NarrowPieces pieces = narrow_next(ahead, segment->depth);
            switch (tile_start(segment->tiles, groups, i + 1) - first) {
            case 1: narrow_products_1(f, w, segment->depth, pieces, to + start); break;
            case 2: narrow_products_2(f, w, segment->depth, pieces, to + start); break;
            case 3: narrow_products_3(f, w, segment->depth, pieces, to + start); break;
            case 4: narrow_products_4(f, w, segment->depth, pieces, to + start); break;
            case 5: narrow_products_5(f, w, segment->depth, pieces, to + start); break;
            case 6: narrow_products_6(f, w, segment->depth, pieces, to + start); break;
            }
        }
}

/// Cells of one tile from its products. Bias goes to the one point that all 16 results contain with weight 1.
INLINE void narrow_results(const float *products, vec bias, float *to, ptrdiff_t row) {
    vec rows[WINOGRAD_TILE][WINOGRAD_PATCH];
    UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++) {
        vec values[WINOGRAD_PATCH], results[WINOGRAD_TILE];
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++)
            values[r] = load(products + (r * WINOGRAD_PATCH + i) * NARROW_PRODUCT);
        if (i == 1) values[1] += bias;
        winograd_results(values, results);
        UNROLL for (int r = 0; r < WINOGRAD_TILE; r++) rows[r][i] = results[r];
    }
    UNROLL for (int r = 0; r < WINOGRAD_TILE; r++, to += row) {
        vec results[WINOGRAD_TILE];
        winograd_results(rows[r], results);
        UNROLL for (int i = 0; i < WINOGRAD_TILE; i++)
            store(to + i * CELL, __builtin_elementwise_max(results[i], (vec){}));
    }
}

/// The same where a tile reaches beyond the frame.
__attribute__((noinline)) static void narrow_results_cut(const float *products, vec bias, float *to, ptrdiff_t row,
                                                         int32_t rows, int32_t columns) {
    enum { ROW = CELL * WINOGRAD_TILE };
    float buffer[WINOGRAD_TILE * ROW];
    narrow_results(products, bias, buffer, ROW);
    for (int32_t r = 0; r < rows; r++) memcpy(to + r * row, buffer + r * ROW, (size_t)columns * CELL * sizeof(float));
}

/// Cells of destination block o, frame t from products.
__attribute__((noinline)) static void narrow_destination(const NarrowSegment *segment, const float *products, int32_t t,
                                                         int32_t o) {
    const CKernelsConvolution *job = segment->job;
    const CKernelsGeometry *g = &job->geometry;
    const vec bias = load(job->bias + o * CELL);
    const int32_t rows = minimum(WINOGRAD_TILE, g->height - segment->y);
    float *to = narrow_cells(segment, job->destinations[t], g, o);
    for (int32_t i = 0; i < segment->tiles; i++, products += CELL, to += WINOGRAD_TILE * CELL) {
        const int32_t columns = minimum(WINOGRAD_TILE, g->width - segment->x - i * WINOGRAD_TILE);
        if (rows == WINOGRAD_TILE && columns == WINOGRAD_TILE)
            narrow_results(products, bias, to, g->row_stride);
        else
            narrow_results_cut(products, bias, to, g->row_stride, rows, columns);
    }
}

static void winograd_narrow(const CKernelsConvolution *job, Part part, float *scratch) {
    const NarrowSegment segment = narrow_segment(job, part.band, scratch);
    const int32_t blocks = narrow_blocks(job->destination_channels);
    for (int32_t t = 0; t < 2; t++) narrow_frame(&segment, t);
    for (int32_t t = 0; t < job->frames; t += 2) {
        for (int32_t i = 2; i < NARROW_SLOTS; i++) narrow_frame(&segment, t + i);
        NarrowAhead ahead = {.count = 0};
        for (int32_t o = 0; o < blocks; o++) {
            narrow_ask(&segment, t, o, &ahead);
            narrow_all_products(&segment, t, o, &ahead);
            for (int32_t i = 0; i < 2 && t + i < job->frames; i++)
                narrow_destination(&segment, segment.products + i * NARROW_SLOT, t + i, o);
        }
    }
}
