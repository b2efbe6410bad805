// 3x3x3 convolution over planar frames: a register tile of PLANAR_CHANNELS destination channels by up to
// PLANAR_VECTORS vectors along x.
#pragma once
#include "cut.h"
#include "vector.h"

/// One source frame that is not padding: where its channels and their weights start.
typedef struct PlanarTap {
    /// Cell (y - 1, x = -1) of channel 0.
    const float *source;
    /// [channel][y][x][destination % 8]
    const float *weights;
    int32_t channels;
} PlanarTap;

typedef struct PlanarTile {
    const PlanarTap *taps;
    int32_t tap_count;
    ptrdiff_t row_stride, channel_stride;
    const float *bias;
    /// Destination channels to write, at most PLANAR_CHANNELS.
    int32_t channels;
    /// Cells of the row from the tile's start on.
    int32_t cells;
    float *destination;
} PlanarTile;

INLINE void planar_tile(const PlanarTile *tile, ptrdiff_t x, const int vectors) {
    vec sums[PLANAR_CHANNELS][PLANAR_VECTORS];
    UNROLL for (int o = 0; o < PLANAR_CHANNELS; o++)
        UNROLL for (int v = 0; v < vectors; v++) sums[o][v] = splat(tile->bias[o]);
    const ptrdiff_t row = tile->row_stride;
    NO_UNROLL for (int32_t tap = 0; tap < tile->tap_count; tap++) {
        const float *source = tile->taps[tap].source + x;
        const float *w = tile->taps[tap].weights;
        NO_UNROLL for (int32_t i = tile->taps[tap].channels; i > 0; i--) {
            // The row that the next row of tiles reads, and of the next tile the row that this one brought in.
            UNROLL for (int v = 0; v < vectors * LANES; v += 16) {
                __builtin_prefetch(source + 3 * row + 1 + v, 0, 2);
                __builtin_prefetch(source + 2 * row + vectors * LANES + 17 + v, 0, 3);
            }
            UNROLL for (int dy = 0; dy < 3; dy++)
                UNROLL for (int dx = 0; dx < 3; dx++) {
                    vec values[PLANAR_VECTORS];
                    UNROLL for (int v = 0; v < vectors; v++)
                        values[v] = *(const vec *)(source + dy * row + dx + v * LANES);
                    UNROLL for (int o = 0; o < PLANAR_CHANNELS; o++) {
                        vec weight = splat(w[(dy * 3 + dx) * PLANAR_PACK + o]);
                        UNROLL for (int v = 0; v < vectors; v++) sums[o][v] += weight * values[v];
                    }
                }
            source += tile->channel_stride;
            w += 9 * PLANAR_PACK;
        }
    }
    UNROLL for (int o = 0; o < PLANAR_CHANNELS; o++) {
        if (o >= tile->channels) break;
        float *to = tile->destination + o * tile->channel_stride + x;
        UNROLL for (int v = 0; v < vectors; v++) {
            vec value = __builtin_elementwise_max(sums[o][v], (vec){});
            if (x + (v + 1) * LANES > tile->cells) keep_lanes(&value, (int32_t)(tile->cells - x - v * LANES));
            *(vec *)(to + v * LANES) = value;
        }
    }
}

__attribute__((noinline)) static void planar_tile_1(const PlanarTile *tile, ptrdiff_t x) { planar_tile(tile, x, 1); }
__attribute__((noinline)) static void planar_tile_2(const PlanarTile *tile, ptrdiff_t x) { planar_tile(tile, x, 2); }
#if PLANAR_VECTORS >= 3
__attribute__((noinline)) static void planar_tile_3(const PlanarTile *tile, ptrdiff_t x) { planar_tile(tile, x, 3); }
#endif
#if PLANAR_VECTORS >= 4
__attribute__((noinline)) static void planar_tile_4(const PlanarTile *tile, ptrdiff_t x) { planar_tile(tile, x, 4); }
#endif

static void planar_row(const PlanarTile *tile, int32_t first, int32_t last) {
    switch (last - first) {
    case 1: planar_tile_1(tile, (ptrdiff_t)first * LANES); break;
    case 2: planar_tile_2(tile, (ptrdiff_t)first * LANES); break;
#if PLANAR_VECTORS >= 3
    case 3: planar_tile_3(tile, (ptrdiff_t)first * LANES); break;
#endif
#if PLANAR_VECTORS >= 4
    case 4: planar_tile_4(tile, (ptrdiff_t)first * LANES); break;
#endif
    }
}

/// Fills the taps of destination frame t, row y; returns their number.
static int32_t planar_taps(const CKernelsConvolution *job, int32_t t, int32_t y, PlanarTap taps[6]) {
    int32_t count = 0;
    const float *weights = job->weights;
    for (int s = 0; s < 2; s++)
        for (int dt = 0; dt < 3; dt++) {
            int32_t channels = job->source_channels[s];
            if (channels == 0) continue;
            const float *frame = job->sources[s][t + dt];
            if (frame) taps[count++] = (PlanarTap){frame + (y - 1) * job->geometry.row_stride - 1, weights, channels};
            weights += (ptrdiff_t)channels * 9 * PLANAR_PACK;
        }
    return count;
}

static void convolution_planar(const CKernelsConvolution *job, Part part) {
    const CKernelsGeometry *g = &job->geometry;
    const int32_t bands = bands_of(g->height, job->frames);
    const int32_t vectors = (g->width + LANES - 1) / LANES, tiles = parts_of(vectors, PLANAR_VECTORS);
    const ptrdiff_t pack_floats =
        (ptrdiff_t)(job->source_channels[0] + job->source_channels[1]) * 27 * PLANAR_PACK;
    for (int32_t t = part.first_frame; t < part.last_frame; t++)
        for (int32_t y = g->height * part.band / bands; y < g->height * (part.band + 1) / bands; y++) {
            PlanarTap taps[6];
            PlanarTile tile = {.taps = taps,
                               .tap_count = planar_taps(job, t, y, taps),
                               .row_stride = g->row_stride,
                               .channel_stride = g->channel_stride,
                               .cells = g->width};
            for (int32_t i = 0; i < tiles; i++)
                for (int32_t o = 0; o < job->destination_channels; o += PLANAR_CHANNELS) {
                    PlanarTap shifted[6];
                    ptrdiff_t at = o / PLANAR_PACK * pack_floats + o % PLANAR_PACK;
                    for (int32_t k = 0; k < tile.tap_count; k++) {
                        shifted[k] = taps[k];
                        shifted[k].weights += at;
                    }
                    tile.taps = shifted;
                    tile.bias = job->bias + o;
                    tile.channels = minimum(job->destination_channels - o, PLANAR_CHANNELS);
                    tile.destination = job->destinations[t] + o * g->channel_stride + y * g->row_stride;
                    planar_row(&tile, tile_start(vectors, tiles, i), tile_start(vectors, tiles, i + 1));
                }
        }
}
