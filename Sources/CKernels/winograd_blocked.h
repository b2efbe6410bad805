// 3x3x3 convolution over blocked frames by F(4,3) over y and x: lanes are channels. A chunk of tiles passes through
// three steps: transform of all its source frames, one product of matrices per point, transform of all results.
#pragma once
#include "blocked.h"
#include "winograd.h"

typedef struct Chunk {
    const CKernelsConvolution *job;
    int32_t first_tile, tiles;
    int32_t first_frame, frames;
    /// Destination blocks.
    int32_t first_block, last_block;
    /// [point][block of all sources][frame][tile][16] and [point][destination block][frame][tile][16].
    float *factors, *products;
    /// Between the floats of one point and those of the next.
    ptrdiff_t factors_stride, products_stride;
} Chunk;

/// First row and column of a tile.
static inline int32_t tile_row(const CKernelsGeometry *g, int32_t tile) {
    return tile / tiles_along(g->width) * WINOGRAD_TILE;
}
static inline int32_t tile_column(const CKernelsGeometry *g, int32_t tile) {
    return tile % tiles_along(g->width) * WINOGRAD_TILE;
}

/// Transforms the patch of one tile and one block; rows and columns behind the frame are like the first of them.
static void winograd_patch(const CKernelsGeometry *g, const float *block, int32_t tile, float *factors,
                           ptrdiff_t stride) {
    const int32_t y = tile_row(g, tile) - 1, x = tile_column(g, tile) - 1;
    UNROLL for (int v = 0; v < BLOCK_VECTORS; v++, block += LANES, factors += LANES) {
        vec rows[WINOGRAD_PATCH][WINOGRAD_PATCH];
        UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++) {
            const float *from = block + (ptrdiff_t)minimum(x + i, g->width) * CKernelsBlockChannels;
            vec column[WINOGRAD_PATCH], results[WINOGRAD_PATCH];
            UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++)
                column[r] = *(const vec *)(from + minimum(y + r, g->height) * g->row_stride);
            winograd_factors(column, results);
            UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) rows[r][i] = results[r];
        }
        UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++) {
            vec results[WINOGRAD_PATCH];
            winograd_factors(rows[r], results);
            UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++)
                *(vec *)(factors + (r * WINOGRAD_PATCH + i) * stride) = results[i];
        }
    }
}

/// Transforms all source frames of a chunk.
static void winograd_chunk_factors(const Chunk *chunk) {
    const CKernelsConvolution *job = chunk->job;
    float *factors = chunk->factors;
    for (int s = 0; s < 2; s++)
        for (int32_t block = 0; block < blocks(job->source_channels[s]); block++)
            for (int32_t t = 0; t < chunk->frames + 2; t++) {
                const float *frame = job->sources[s][chunk->first_frame + t];
                for (int32_t i = 0; i < chunk->tiles; i++, factors += CKernelsBlockChannels) {
                    if (frame)
                        winograd_patch(&job->geometry, frame + block * job->geometry.channel_stride,
                                       chunk->first_tile + i, factors, chunk->factors_stride);
                    else
                        for (int point = 0; point < WINOGRAD_POINTS; point++)
                            memset(factors + point * chunk->factors_stride, 0, CKernelsBlockChannels * sizeof(float));
                }
            }
}

/// The products of one point and a pair of destination blocks.
static void winograd_chunk_products(const Chunk *chunk, int point, int32_t block) {
    enum { B = CKernelsBlockChannels, DEPTH = 3, TAPS = BLOCKED_DEPTH * 9 };
    const CKernelsConvolution *job = chunk->job;
    const int32_t depth = blocks(job->source_channels[0]) + blocks(job->source_channels[1]);
    const int32_t wanted = blocks(job->destination_channels);
    const ptrdiff_t block_floats = (ptrdiff_t)depth * DEPTH * B * B;
    const ptrdiff_t frame_floats = (ptrdiff_t)chunk->tiles * B;
    const float *source = chunk->factors + point * chunk->factors_stride;
    const float *weights = job->weights + ((ptrdiff_t)point * wanted + block) * block_floats;
    for (int32_t first = 0; first < depth * DEPTH; first += TAPS) {
        const int32_t last = minimum(depth * DEPTH, first + TAPS);
        BlockedTap taps[TAPS];
        for (int32_t tap = first; tap < last; tap++)
            taps[tap - first] = (BlockedTap){
                source + (tap / DEPTH * (chunk->frames + DEPTH - 1) + tap % DEPTH) * frame_floats,
                weights + (ptrdiff_t)tap * B * B};
        const BlockedTile tile = {.taps = taps,
                                  .tap_count = last - first,
                                  .weights_stride = block_floats,
                                  .destination = chunk->products + point * chunk->products_stride +
                                                 (block - chunk->first_block) * chunk->frames * frame_floats,
                                  .destination_stride = chunk->frames * frame_floats,
                                  .cell_stride = B,
                                  .bias = job->bias,
                                  .accumulates = first > 0};
        blocked_row(tile, minimum(BLOCKED_PAIR, chunk->last_block - block), chunk->frames * chunk->tiles, blocked_row_point_pair,
                    blocked_row_point);
    }
}

/// Makes the cells of one tile and one block from its products.
static void winograd_chunk_tile(const Chunk *chunk, const float *products, int32_t tile, const float *bias,
                                float *block) {
    const CKernelsGeometry *g = &chunk->job->geometry;
    const int32_t y = tile_row(g, tile), x = tile_column(g, tile);
    UNROLL for (int v = 0; v < BLOCK_VECTORS; v++, products += LANES, bias += LANES, block += LANES) {
        vec rows[WINOGRAD_TILE][WINOGRAD_PATCH];
        UNROLL for (int i = 0; i < WINOGRAD_PATCH; i++) {
            vec column[WINOGRAD_PATCH], results[WINOGRAD_TILE];
            UNROLL for (int r = 0; r < WINOGRAD_PATCH; r++)
                column[r] = *(const vec *)(products + (r * WINOGRAD_PATCH + i) * chunk->products_stride);
            winograd_results(column, results);
            UNROLL for (int r = 0; r < WINOGRAD_TILE; r++) rows[r][i] = results[r];
        }
        UNROLL for (int r = 0; r < WINOGRAD_TILE; r++) {
            if (y + r >= g->height) break;
            vec results[WINOGRAD_TILE];
            winograd_results(rows[r], results);
            float *to = block + (y + r) * g->row_stride + (ptrdiff_t)x * CKernelsBlockChannels;
            UNROLL for (int i = 0; i < WINOGRAD_TILE; i++)
                if (x + i < g->width)
                    *(vec *)(to + i * CKernelsBlockChannels) =
                        __builtin_elementwise_max(results[i] + *(const vec *)bias, (vec){});
        }
    }
}

static void winograd_chunk_results(const Chunk *chunk) {
    const CKernelsConvolution *job = chunk->job;
    const float *products = chunk->products;
    for (int32_t block = chunk->first_block; block < chunk->last_block; block++)
        for (int32_t t = 0; t < chunk->frames; t++)
            for (int32_t i = 0; i < chunk->tiles; i++, products += CKernelsBlockChannels)
                winograd_chunk_tile(chunk, products, chunk->first_tile + i, job->bias + block * CKernelsBlockChannels,
                                    job->destinations[chunk->first_frame + t] + block * job->geometry.channel_stride);
}

static void winograd_blocked(const CKernelsConvolution *job, Part part, float *scratch) {
    const int32_t tiles = tiles_along(job->geometry.height) * tiles_along(job->geometry.width);
    const BlockedCut cut = cut_winograd_blocked(job);
    const int32_t parts = parts_of(job->frames, WINOGRAD_BLOCKED_FRAMES);
    const int32_t sources = blocks(job->source_channels[0]) + blocks(job->source_channels[1]);
    const int32_t destinations = blocks(job->destination_channels), pairs = parts_of(destinations, BLOCKED_PAIR);
    const int32_t index = part.band / cut.groups, group = part.band % cut.groups;
    Chunk chunk = {.job = job, .first_tile = tile_start(tiles, cut.chunks, index), .factors = scratch};
    chunk.tiles = tile_start(tiles, cut.chunks, index + 1) - chunk.first_tile;
    chunk.first_block = tile_start(pairs, cut.groups, group) * BLOCKED_PAIR;
    chunk.last_block = minimum(destinations, tile_start(pairs, cut.groups, group + 1) * BLOCKED_PAIR);
    for (int32_t i = 0; i < parts; i++) {
        chunk.first_frame = tile_start(job->frames, parts, i);
        chunk.frames = tile_start(job->frames, parts, i + 1) - chunk.first_frame;
        const ptrdiff_t cells = (ptrdiff_t)chunk.tiles * CKernelsBlockChannels;
        // Not a multiple of 4 KiB, which would make all points fall into one cache set.
        chunk.factors_stride = sources * (chunk.frames + 2) * cells + MARGIN_FLOATS;
        chunk.products_stride = (chunk.last_block - chunk.first_block) * chunk.frames * cells + MARGIN_FLOATS;
        chunk.products = scratch + WINOGRAD_POINTS * chunk.factors_stride;
        winograd_chunk_factors(&chunk);
        for (int point = 0; point < WINOGRAD_POINTS; point++)
            for (int32_t block = chunk.first_block; block < chunk.last_block; block += BLOCKED_PAIR)
                winograd_chunk_products(&chunk, point, block);
        winograd_chunk_results(&chunk);
    }
}
