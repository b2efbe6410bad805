// Convolution and up-convolution of blocked frames: a register tile of one or two blocks of destination channels by
// up to BLOCKED_CELLS (2, 4, 6 or 8) cells along x. Two blocks where BLOCKED_TILE_BLOCKS says so: with 16 registers,
// sums of two blocks would spill.
#pragma once
#include "cut.h"
#include "vector.h"

/// One row of one block of source channels, and its weights.
typedef struct BlockedTap {
    const float *source;
    /// [x tap][source % 16][destination % 16]
    const float *weights;
} BlockedTap;

typedef struct BlockedTile {
    const BlockedTap *taps;
    int32_t tap_count;
    /// From the weights of a tap to those of the tile's first destination block, and from there to the next block's.
    ptrdiff_t weights_start, weights_stride;
    float *destination;
    /// From one destination block, and from one cell, to the next.
    ptrdiff_t destination_stride, cell_stride;
    const float *bias;
    /// The sums start from what the destination holds, or from 0.
    int accumulates;
    /// Bias is added; and with `rectifies` negative values become 0.
    int finishes, rectifies;
} BlockedTile;

INLINE void blocked_tile(const BlockedTile *tile, ptrdiff_t x, const int cells, const int tile_blocks, const int width) {
    enum { B = CKernelsBlockChannels };
    vec sums[BLOCKED_CELLS][BLOCKED_TILE_BLOCKS * BLOCK_VECTORS];
    float *to = tile->destination + x * tile->cell_stride;
    UNROLL for (int p = 0; p < cells; p++)
        UNROLL for (int o = 0; o < tile_blocks * BLOCK_VECTORS; o++)
            sums[p][o] = tile->accumulates ? *(const vec *)(to + o / BLOCK_VECTORS * tile->destination_stride +
                                                            p * tile->cell_stride + o % BLOCK_VECTORS * LANES)
                                           : (vec){};
    NO_UNROLL for (int32_t tap = 0; tap < tile->tap_count; tap++) {
        const float *source = tile->taps[tap].source + x * B;
        const float *w = tile->taps[tap].weights + tile->weights_start;
        NO_UNROLL for (int dx = 0; dx < width; dx++, source += B)
            _Pragma("clang loop unroll_count(4)") for (int c = 0; c < B; c++, w += B) {
                vec weights[BLOCKED_TILE_BLOCKS * BLOCK_VECTORS];
                UNROLL for (int o = 0; o < tile_blocks * BLOCK_VECTORS; o++)
                    weights[o] = *(const vec *)(w + o / BLOCK_VECTORS * tile->weights_stride + o % BLOCK_VECTORS * LANES);
                UNROLL for (int p = 0; p < cells; p++) {
                    vec value = splat(source[p * B + c]);
                    UNROLL for (int o = 0; o < tile_blocks * BLOCK_VECTORS; o++) sums[p][o] += value * weights[o];
                }
            }
    }
    UNROLL for (int o = 0; o < tile_blocks * BLOCK_VECTORS; o++) {
        vec bias = tile->finishes ? *(const vec *)(tile->bias + o * LANES) : (vec){};
        UNROLL for (int p = 0; p < cells; p++) {
            vec value = sums[p][o] + bias;
            if (tile->rectifies) value = __builtin_elementwise_max(value, (vec){});
            *(vec *)(to + o / BLOCK_VECTORS * tile->destination_stride + p * tile->cell_stride +
                     o % BLOCK_VECTORS * LANES) = value;
        }
    }
}

#define BLOCKED_TILE(KIND, CELLS, BLOCKS, WIDTH)                                                             \
    __attribute__((noinline)) static void blocked_##KIND##_##CELLS(const BlockedTile *tile, ptrdiff_t x) { \
        blocked_tile(tile, x, CELLS, BLOCKS, WIDTH);                                                       \
    }

#if BLOCKED_CELLS >= 8
#define BLOCKED_TILES_8(KIND, BLOCKS, WIDTH) BLOCKED_TILE(KIND, 8, BLOCKS, WIDTH)
#define BLOCKED_ROW_8(KIND) \
    for (; left >= 8; x += 8, left -= 8) blocked_##KIND##_8(tile, x);
#else
#define BLOCKED_TILES_8(KIND, BLOCKS, WIDTH)
#define BLOCKED_ROW_8(KIND)
#endif

// Eight cells that are left make two tiles of four.
#if BLOCKED_CELLS == 6
#define BLOCKED_TILES_6(KIND, BLOCKS, WIDTH) BLOCKED_TILE(KIND, 6, BLOCKS, WIDTH)
#define BLOCKED_ROW_6(KIND) \
    for (; left >= 6 && left != 8; x += 6, left -= 6) blocked_##KIND##_6(tile, x);
#else
#define BLOCKED_TILES_6(KIND, BLOCKS, WIDTH)
#define BLOCKED_ROW_6(KIND)
#endif

#if BLOCKED_CELLS >= 4
#define BLOCKED_TILES_4(KIND, BLOCKS, WIDTH) BLOCKED_TILE(KIND, 4, BLOCKS, WIDTH)
#define BLOCKED_ROW_4(KIND) \
    for (; left >= 4; x += 4, left -= 4) blocked_##KIND##_4(tile, x);
#else
#define BLOCKED_TILES_4(KIND, BLOCKS, WIDTH)
#define BLOCKED_ROW_4(KIND)
#endif

/// One kind of tile for all numbers of cells, and the function that covers a row with them.
#define BLOCKED_KIND(KIND, BLOCKS, WIDTH)                                            \
    BLOCKED_TILES_8(KIND, BLOCKS, WIDTH)                                             \
    BLOCKED_TILES_6(KIND, BLOCKS, WIDTH)                                             \
    BLOCKED_TILES_4(KIND, BLOCKS, WIDTH)                                             \
    BLOCKED_TILE(KIND, 2, BLOCKS, WIDTH)                                             \
    BLOCKED_TILE(KIND, 1, BLOCKS, WIDTH)                                             \
    static void blocked_row_##KIND(const BlockedTile *tile, int32_t left) {          \
        ptrdiff_t x = 0;                                                             \
        BLOCKED_ROW_8(KIND)                                                          \
        BLOCKED_ROW_6(KIND)                                                          \
        BLOCKED_ROW_4(KIND)                                                          \
        for (; left >= 2; x += 2, left -= 2) blocked_##KIND##_2(tile, x);            \
        if (left) blocked_##KIND##_1(tile, x);                                       \
    }

BLOCKED_KIND(single, 1, 3)
BLOCKED_KIND(point, 1, 1)
#if BLOCKED_TILE_BLOCKS == 2
BLOCKED_KIND(pair, 2, 3)
BLOCKED_KIND(point_pair, 2, 1)
#else
#define blocked_row_pair NULL
#define blocked_row_point_pair NULL
#endif

/// A row of `width` cells and `count` destination blocks, by functions for one block and for a pair of them.
INLINE void blocked_row(BlockedTile tile, int32_t count, int32_t width, void (*pair)(const BlockedTile *, int32_t),
                        void (*single)(const BlockedTile *, int32_t)) {
    if (pair && count == BLOCKED_PAIR) {
        pair(&tile, width);
        return;
    }
    for (int32_t block = 0; block < count; block++) {
        single(&tile, width);
        tile.weights_start += tile.weights_stride;
        tile.destination += tile.destination_stride;
        tile.bias += CKernelsBlockChannels;
    }
}

/// Taps of blocks first ..< last of destination frame t, row y; those that touch only padding are left out.
static int32_t blocked_taps(const CKernelsConvolution *job, const float *weights, int32_t first, int32_t last,
                            int32_t t, int32_t y, BlockedTap taps[BLOCKED_DEPTH * 9]) {
    enum { ROW_FLOATS = 3 * CKernelsBlockChannels * CKernelsBlockChannels };
    const CKernelsGeometry *g = &job->geometry;
    const int32_t first_blocks = blocks(job->source_channels[0]);
    int32_t count = 0;
    for (int32_t i = first; i < last; i++) {
        int second = i >= first_blocks;
        ptrdiff_t block = second ? i - first_blocks : i;
        for (int dt = 0; dt < 3; dt++) {
            const float *frame = job->sources[second][t + dt];
            if (!frame) continue;
            for (int dy = 0; dy < 3; dy++) {
                int32_t row = y + dy - 1;
                if (row < 0 || row >= g->height) continue;
                taps[count++] = (BlockedTap){
                    frame + block * g->channel_stride + row * g->row_stride - CKernelsBlockChannels,
                    weights + ((ptrdiff_t)i * 9 + dt * 3 + dy) * ROW_FLOATS};
            }
        }
    }
    return count;
}

static void convolution_blocked(const CKernelsConvolution *job, Part part) {
    const CKernelsGeometry *g = &job->geometry;
    const int32_t sources = blocks(job->source_channels[0]) + blocks(job->source_channels[1]);
    const int32_t block = part.band * BLOCKED_PAIR;
    const int32_t wanted = minimum(BLOCKED_PAIR, blocks(job->destination_channels) - block);
    const ptrdiff_t block_floats = (ptrdiff_t)sources * 27 * CKernelsBlockChannels * CKernelsBlockChannels;
    for (int32_t first = 0; first < sources; first += BLOCKED_DEPTH) {
        int32_t last = minimum(sources, first + BLOCKED_DEPTH);
        for (int32_t t = part.first_frame; t < part.last_frame; t++)
            for (int32_t y = 0; y < g->height; y++) {
                BlockedTap taps[BLOCKED_DEPTH * 9];
                const BlockedTile tile = {
                    .taps = taps,
                    .tap_count = blocked_taps(job, job->weights + block * block_floats, first, last, t, y, taps),
                    .weights_stride = block_floats,
                    .destination = job->destinations[t] + block * g->channel_stride + y * g->row_stride,
                    .destination_stride = g->channel_stride,
                    .cell_stride = CKernelsBlockChannels,
                    .bias = job->bias + block * CKernelsBlockChannels,
                    .accumulates = first > 0,
                    .finishes = last == sources,
                    .rectifies = last == sources};
                blocked_row(tile, wanted, g->width, blocked_row_pair, blocked_row_single);
            }
    }
}

/// Cells of a row of up-convolution that go through a buffer on their way to frames that are not blocked.
enum { UPCONVOLUTION_CELLS = 32 };

/// Spreads cells [x][16] over the rows of planar channels; their x is doubled.
static void spread_cells(const float *cells, int32_t count, int32_t channels, float *to, ptrdiff_t channel_stride) {
    for (int32_t o = 0; o < channels; o++)
        for (int32_t x = 0; x < count; x++) to[o * channel_stride + x] = cells[x * CKernelsBlockChannels + o];
}

#if NARROW
/// Copies the halves of cells [x][16] to the rows of narrow blocks.
static void halve_cells(const float *cells, int32_t count, int32_t halves, float *to, ptrdiff_t channel_stride) {
    for (int32_t i = 0; i < halves; i++, to += channel_stride, cells += CELL)
        for (int32_t x = 0; x < count; x++) store(to + x * CELL, load(cells + x * CKernelsBlockChannels));
}
#endif

/// Copies one block of a row of up-convolution to where it belongs.
static void place_cells(const CKernelsUpconvolution *job, const float *cells, int32_t count, int32_t block, float *frame,
                        int32_t y, int32_t x) {
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *to = &job->destination_geometry;
    const int32_t channels = minimum(B, job->destination_channels - block * B);
    float *row = frame + y * to->row_stride;
#if NARROW
    if (to->layout == CKernelsLayoutNarrow)
        return halve_cells(cells, count, narrow_blocks(channels),
                           row + (ptrdiff_t)2 * block * to->channel_stride + x * CELL, to->channel_stride);
#endif
    spread_cells(cells, count, channels, row + (ptrdiff_t)block * B * to->channel_stride + x, to->channel_stride);
}

/// One destination row (of every second cell `corner % 2`) of one block of channels.
static void upconvolved_row(const CKernelsUpconvolution *job, BlockedTile *tile, int32_t block, float *frame,
                            int32_t y) {
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *to = &job->destination_geometry;
    const int32_t width = job->source_geometry.width, depth = blocks(job->source_channels);
    const ptrdiff_t corner_floats = (ptrdiff_t)depth * B * B;
    BlockedTap taps[BLOCKED_DEPTH];
    const BlockedTap *all = tile->taps;
    float buffer[2 * UPCONVOLUTION_CELLS * B];
    const int blocked = to->layout == CKernelsLayoutBlocked;
    for (int32_t start = 0; start < width; start += UPCONVOLUTION_CELLS) {
        int32_t count = minimum(UPCONVOLUTION_CELLS, width - start);
        float *row = blocked ? frame + block * to->channel_stride + y * to->row_stride + (ptrdiff_t)2 * start * B : buffer;
        for (int dx = 0; dx < 2; dx++)
            for (int32_t first = 0; first < depth; first += BLOCKED_DEPTH) {
                int32_t last = minimum(depth, first + BLOCKED_DEPTH);
                for (int32_t i = first; i < last; i++)
                    taps[i - first] = (BlockedTap){all->source + i * job->source_geometry.channel_stride + (ptrdiff_t)start * B,
                                                   all->weights + dx * corner_floats + (ptrdiff_t)i * B * B};
                BlockedTile part = *tile;
                part.taps = taps;
                part.tap_count = last - first;
                part.destination = row + dx * B;
                part.accumulates = first > 0;
                part.finishes = last == depth;
                blocked_row_point(&part, count);
            }
        if (!blocked) place_cells(job, buffer, 2 * count, block, frame, y, 2 * start);
    }
}

static void upconvolution_blocked(const CKernelsUpconvolution *job, Part part) {
    enum { B = CKernelsBlockChannels };
    const CKernelsGeometry *from = &job->source_geometry;
    const ptrdiff_t corner_floats = (ptrdiff_t)blocks(job->source_channels) * B * B;
    const int32_t groups = upconvolution_groups(job), block = part.band / groups, group = part.band % groups;
    const int32_t first = 2 * tile_start(from->height, groups, group), last = 2 * tile_start(from->height, groups, group + 1);
    for (int32_t t = 2 * part.first_frame; t < 2 * part.last_frame; t++) {
        if (!job->destinations[t]) continue;
        for (int32_t y = first; y < last; y++) {
            BlockedTap tap = {job->sources[t / 2] + y / 2 * from->row_stride,
                              job->weights + ((ptrdiff_t)block * 8 + t % 2 * 4 + y % 2 * 2) * corner_floats};
            BlockedTile tile = {.taps = &tap, .cell_stride = 2 * B, .bias = job->bias + block * B};
            upconvolved_row(job, &tile, block, job->destinations[t], y);
        }
    }
}
