#include "bfloat16.h"
#include "cut.h"
#include <string.h>

// One instruction multiplies and adds two bfloat16 of every 32-bit lane: two channels of one cell. A task takes a tile
// of each frame, rounds its channels in pairs into a ring of three frames, and sums over them.

enum {
    TAPS = 27,
    /// Columns of a task's tile, and cells of a row in its ring.
    TILE_COLUMNS = 512,
    RING_ROW = TILE_COLUMNS + 2 * MARGIN_FLOATS,
    RING_ROWS = BAND_ROWS + 2,
    RING_PLANE = RING_ROW * RING_ROWS,
    RING_FRAMES = 3,
};

static int32_t pairs(int32_t channels) { return (channels + 1) / 2; }

static int32_t all_pairs(const int32_t source_channels[2]) {
    return pairs(source_channels[0]) + pairs(source_channels[1]);
}

static int32_t column_tiles(const CKernelsGeometry *g) { return (g->width + TILE_COLUMNS - 1) / TILE_COLUMNS; }

int32_t bfloat16_tasks(const CKernelsConvolution *job) {
    return bands_of(job->geometry.height, job->frames) * column_tiles(&job->geometry);
}

size_t bfloat16_scratch_floats(const int32_t source_channels[2]) {
    return (size_t)all_pairs(source_channels) * RING_FRAMES * RING_PLANE;
}

size_t bfloat16_packed_floats(const int32_t source_channels[2], int32_t destination_channels) {
    return (size_t)rounded_up(destination_channels, PLANAR_PACK) * (size_t)all_pairs(source_channels) * TAPS;
}

/// To the nearest, ties to even.
static uint32_t rounded_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// [destination / 8][t][pair of source channels][y][x][destination % 8][source % 2]
void bfloat16_pack(const int32_t source_channels[2], int32_t destination_channels, const float *weights,
                   float *packed) {
    const int32_t all = source_channels[0] + source_channels[1], depth = all_pairs(source_channels);
    for (int32_t o = 0; o < destination_channels; o++)
        for (int32_t i = 0; i < all; i++) {
            const int second = i >= source_channels[0];
            const int32_t channel = second ? i - source_channels[0] : i;
            const int32_t pair = channel / 2 + (second ? pairs(source_channels[0]) : 0);
            for (int tap = 0; tap < TAPS; tap++) {
                const size_t at = (((size_t)(o / PLANAR_PACK * 3 + tap / 9) * (size_t)depth + (size_t)pair) * 9 +
                                   (size_t)(tap % 9)) * PLANAR_PACK + (size_t)(o % PLANAR_PACK);
                uint32_t bits;
                memcpy(&bits, packed + at, sizeof bits);
                bits |= rounded_bits(weights[((ptrdiff_t)o * all + i) * TAPS + tap]) << (channel % 2 * 16);
                memcpy(packed + at, &bits, sizeof bits);
            }
        }
}

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma"))), apply_to = function)

enum { LANES = 16, TILE_VECTORS = 3 };

/// The part of every frame that a task computes.
typedef struct Tile {
    const CKernelsConvolution *job;
    /// [frame % 3][pair][row][column] from row `top` - 1 and column `left` - 16 on.
    uint32_t *ring;
    int32_t pairs;
    int32_t top, bottom;
    int32_t left, right;
} Tile;

static __m512i two_channels(const float *even, const float *odd) {
    const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(even)));
    if (!odd) return low;
    const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(odd)));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/// Rounds the tile of source frame t, with the cells around it, into the ring.
static void round_frame(const Tile *tile, int32_t t) {
    const CKernelsConvolution *job = tile->job;
    const CKernelsGeometry *g = &job->geometry;
    uint32_t *plane = tile->ring + (ptrdiff_t)(t % RING_FRAMES) * tile->pairs * RING_PLANE;
    const int32_t columns = rounded_up(tile->right - tile->left, LANES) + 2 * MARGIN_FLOATS;
    for (int s = 0; s < 2; s++)
        for (int32_t c = 0; c < job->source_channels[s]; c += 2, plane += RING_PLANE) {
            const float *channel = job->sources[s][t] + c * g->channel_stride + tile->left - MARGIN_FLOATS;
            const int is_pair = c + 1 < job->source_channels[s];
            for (int32_t y = tile->top - 1; y <= tile->bottom; y++) {
                const float *row = channel + y * g->row_stride;
                uint32_t *to = plane + (y - tile->top + 1) * RING_ROW;
                for (int32_t x = 0; x < columns; x += LANES)
                    _mm512_storeu_si512(to + x, two_channels(row + x, is_pair ? row + x + g->channel_stride : NULL));
            }
        }
}

/// `vectors` times 16 cells of eight destination channels, from channel o, row y and the tile's column x on.
static inline __attribute__((always_inline)) void sums_of_cells(const Tile *tile, int32_t t, int32_t o, int32_t y,
                                                                int32_t x, const int vectors) {
    const CKernelsConvolution *job = tile->job;
    const CKernelsGeometry *g = &job->geometry;
    const uint32_t *weights = (const uint32_t *)job->weights + (ptrdiff_t)o * tile->pairs * TAPS;
    __m512 sums[PLANAR_PACK][TILE_VECTORS];
    _Pragma("clang loop unroll(full)") for (int k = 0; k < PLANAR_PACK; k++)
        _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) sums[k][v] = _mm512_set1_ps(job->bias[o + k]);
    for (int dt = 0; dt < 3; dt++) {
        const uint32_t *w = weights + (ptrdiff_t)dt * tile->pairs * 9 * PLANAR_PACK;
        if (!job->sources[0][t + dt]) continue;
        const uint32_t *from = tile->ring + (ptrdiff_t)((t + dt) % RING_FRAMES) * tile->pairs * RING_PLANE +
                               (y - tile->top) * RING_ROW + MARGIN_FLOATS + x - 1;
        _Pragma("clang loop unroll(disable)") for (int32_t c = 0; c < tile->pairs;
                                                   c++, from += RING_PLANE, w += 9 * PLANAR_PACK) {
            _Pragma("clang loop unroll(full)") for (int tap = 0; tap < 9; tap++) {
                __m512bh values[TILE_VECTORS];
                _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)
                    values[v] = (__m512bh)_mm512_loadu_si512(from + tap / 3 * RING_ROW + tap % 3 + v * LANES);
                _Pragma("clang loop unroll(full)") for (int k = 0; k < PLANAR_PACK; k++) {
                    const __m512bh factor = (__m512bh)_mm512_set1_epi32((int32_t)w[tap * PLANAR_PACK + k]);
                    _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)
                        sums[k][v] = _mm512_dpbf16_ps(sums[k][v], values[v], factor);
                }
            }
        }
    }
    float *row = job->destinations[t] + o * g->channel_stride + y * g->row_stride + tile->left + x;
    _Pragma("clang loop unroll(full)") for (int k = 0; k < PLANAR_PACK; k++) {
        if (o + k >= job->destination_channels) break;
        _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {
            const int32_t cells = minimum(LANES, tile->right - tile->left - x - v * LANES);
            const __m512 value = _mm512_max_ps(sums[k][v], _mm512_setzero_ps());
            _mm512_mask_storeu_ps(row + k * g->channel_stride + v * LANES, (__mmask16)((1u << cells) - 1), value);
        }
    }
}

static void sum_row(const Tile *tile, int32_t t, int32_t y) {
    const int32_t columns = tile->right - tile->left;
    for (int32_t x = 0; x < columns;) {
        const int32_t vectors = minimum(TILE_VECTORS, (columns - x + LANES - 1) / LANES);
        for (int32_t o = 0; o < tile->job->destination_channels; o += PLANAR_PACK) {
            if (vectors == 3) sums_of_cells(tile, t, o, y, x, 3);
            if (vectors == 2) sums_of_cells(tile, t, o, y, x, 2);
            if (vectors == 1) sums_of_cells(tile, t, o, y, x, 1);
        }
        x += vectors * LANES;
    }
}

void bfloat16_run(const CKernelsConvolution *job, int32_t task, float *scratch) {
    const CKernelsGeometry *g = &job->geometry;
    const int32_t bands = bands_of(g->height, job->frames), columns = column_tiles(g), band = task / columns;
    Tile tile = {.job = job, .ring = (uint32_t *)scratch, .pairs = all_pairs(job->source_channels)};
    tile.top = g->height * band / bands;
    tile.bottom = g->height * (band + 1) / bands;
    tile.left = task % columns * TILE_COLUMNS;
    tile.right = minimum(g->width, tile.left + TILE_COLUMNS);
    for (int32_t t = 0; t < job->frames + 2; t++) {
        if (job->sources[0][t]) round_frame(&tile, t);
        if (t < 2) continue;
        for (int32_t y = tile.top; y < tile.bottom; y++) sum_row(&tile, t - 2, y);
    }
}

#pragma clang attribute pop
#else
void bfloat16_run(const CKernelsConvolution *job, int32_t task, float *scratch) {
    (void)job, (void)task, (void)scratch;
    __builtin_trap();
}
#endif
