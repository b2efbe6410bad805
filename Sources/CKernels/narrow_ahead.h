// A segment of narrow Winograd, and what it will read and write next.
//
// Lines are asked for while products are made, one a channel: a burst of them would stall, and a loop of their own costs
// more than they do.
#pragma once
#include "cut.h"
#include "narrow.h"

/// Some tiles of a row of tiles.
typedef struct NarrowSegment {
    const CKernelsConvolution *job;
    /// First row and column, and tiles along the row.
    int32_t y, x, tiles;
    /// Blocks of all sources.
    int32_t depth;
    /// [block][point][frame % 4][tile][8]
    float *factors;
    /// [point][frame of two][tile][8]
    float *products;
} NarrowSegment;

static NarrowSegment narrow_segment(const CKernelsConvolution *job, int32_t task, float *scratch) {
    const int32_t rows = tiles_along(job->geometry.height), across = tiles_along(job->geometry.width);
    const int32_t segments = narrow_segments(job);
    // The task after it is the segment below, which reads two of the same rows.
    const int32_t part = task / rows, first = tile_start(across, segments, part);
    const int32_t depth = narrow_blocks(job->source_channels[0]) + narrow_blocks(job->source_channels[1]);
    return (NarrowSegment){.job = job,
                           .y = task % rows * WINOGRAD_TILE,
                           .x = first * WINOGRAD_TILE,
                           .tiles = tile_start(across, segments, part + 1) - first,
                           .depth = depth,
                           .factors = scratch,
                           .products = scratch + (ptrdiff_t)depth * WINOGRAD_POINTS * NARROW_POINT};
}

/// The first vec of a segment in a block of a frame.
INLINE float *narrow_cells(const NarrowSegment *segment, float *frame, const CKernelsGeometry *g, int32_t block) {
    return frame + block * g->channel_stride + segment->y * g->row_stride + (ptrdiff_t)segment->x * CELL;
}

/// Block b of all sources at source frame t, or NULL.
static const float *narrow_source(const NarrowSegment *segment, int32_t b, int32_t t) {
    const CKernelsConvolution *job = segment->job;
    const int32_t first = narrow_blocks(job->source_channels[0]);
    const float *frame = t < job->frames + 2 ? job->sources[b >= first][t] : NULL;
    if (!frame) return NULL;
    return narrow_cells(segment, (float *)frame, &job->source_geometry, b >= first ? b - first : b);
}

enum {
    /// Floats of a cache line, and cells of the eight lines that are asked for in the course of one block.
    PREFETCH_FLOATS = 16,
    PIECE_CELLS = 16,
    ROW_PIECES = (NARROW_TILES * WINOGRAD_TILE + PIECE_CELLS - 1) / PIECE_CELLS,
    /// Blocks of sources that are asked for.
    AHEAD_DEPTH = 4,
    MOST_PIECES = ROW_PIECES * 2 * (WINOGRAD_TILE + AHEAD_DEPTH * WINOGRAD_PATCH),
};

/// Pieces of rows, [first ..< count] of which are still to be asked for.
typedef struct NarrowAhead {
    const float *pieces[MOST_PIECES];
    int32_t first, count;
} NarrowAhead;

static _Alignas(64) const float narrow_nothing[PIECE_CELLS * CELL];

static void narrow_ask_rows(const NarrowSegment *segment, const float *from, ptrdiff_t row, int32_t rows,
                            NarrowAhead *ahead) {
    const int32_t pieces = parts_of(WINOGRAD_TILE * segment->tiles, PIECE_CELLS);
    for (int32_t r = 0; r < rows; r++, from += row)
        for (int32_t i = 0; i < pieces && ahead->count < MOST_PIECES; i++)
            ahead->pieces[ahead->count++] = from + (ptrdiff_t)i * PIECE_CELLS * CELL;
}

/// Where destination block o of frames t and t + 1 goes, and behind the last of them what the next two frames read.
static void narrow_ask(const NarrowSegment *segment, int32_t t, int32_t o, NarrowAhead *ahead) {
    const CKernelsConvolution *job = segment->job;
    const CKernelsGeometry *g = &job->geometry;
    ahead->first = ahead->count = 0;
    for (int32_t i = t; i < t + 2 && i < job->frames; i++)
        narrow_ask_rows(segment, narrow_cells(segment, job->destinations[i], g, o), g->row_stride, WINOGRAD_TILE, ahead);
    for (int32_t i = t + 4; i < t + 6 && o == narrow_blocks(job->destination_channels) - 1; i++)
        for (int32_t b = 0; b < minimum(segment->depth, AHEAD_DEPTH); b++) {
            const ptrdiff_t row = job->source_geometry.row_stride;
            const float *from = narrow_source(segment, b, i);
            if (from) narrow_ask_rows(segment, from - row - CELL, row, WINOGRAD_PATCH, ahead);
        }
}

/// What is asked for in the course of one product: a piece a block, `step` apart.
typedef struct NarrowPieces {
    const float *const *next;
    ptrdiff_t step;
} NarrowPieces;

static const float *const narrow_no_piece = narrow_nothing;

INLINE NarrowPieces narrow_next(NarrowAhead *ahead, int32_t depth) {
    if (ahead->first + depth > ahead->count) return (NarrowPieces){&narrow_no_piece, 0};
    ahead->first += depth;
    return (NarrowPieces){ahead->pieces + ahead->first - depth, 1};
}
