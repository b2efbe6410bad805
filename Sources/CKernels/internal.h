// What the kernel files share.
#pragma once
#include "CKernels.h"

enum {
    /// Zeros at the side of a planar row, and floats of one cell of the blocked layout.
    MARGIN_FLOATS = 16,
    /// Destination channels for which planar weights lie side by side.
    PLANAR_PACK = 8,
    /// Destination channels for which planar up-convolution weights lie side by side.
    UPCONVOLUTION_PACK = 4,
    /// Blocks of source channels whose weights stay in the second-level cache while frames pass by.
    BLOCKED_DEPTH = 8,
    /// Destination blocks that a blocked task makes at once.
    BLOCKED_PAIR = 2,
    /// Cells along y and x that one tile of Winograd's algorithm makes, cells that it reads, and its products.
    WINOGRAD_TILE = CKernelsWinogradTile,
    WINOGRAD_PATCH = 6,
    WINOGRAD_POINTS = WINOGRAD_PATCH * WINOGRAD_PATCH,
    /// Tiles that planar Winograd works on at once, at most.
    WINOGRAD_PLANAR_TILES = 48,
    /// Tiles and destination frames that blocked Winograd works on at once, at most.
    WINOGRAD_BLOCKED_TILES = 8,
    WINOGRAD_BLOCKED_FRAMES = 16,
    /// Tiles of a row that narrow Winograd takes through all frames at once, at most, and frames of factors it keeps.
    NARROW_TILES = 12,
    NARROW_SLOTS = 4,
    /// Between the floats of two points: not a multiple of 4 KiB, which would make all points fall into one cache set.
    NARROW_POINT = NARROW_SLOTS * NARROW_TILES * CKernelsNarrowChannels + MARGIN_FLOATS,
    NARROW_PRODUCT = 2 * NARROW_TILES * CKernelsNarrowChannels + MARGIN_FLOATS,
};

static inline int32_t minimum(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t rounded_up(int32_t value, int32_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Blocks of the blocked layout that hold so many channels.
static inline int32_t blocks(int32_t channels) {
    return (channels + CKernelsBlockChannels - 1) / CKernelsBlockChannels;
}

/// Blocks of the narrow layout that hold so many channels.
static inline int32_t narrow_blocks(int32_t channels) {
    return (channels + CKernelsNarrowChannels - 1) / CKernelsNarrowChannels;
}

/// Channels, or blocks of them, that lie apart.
static inline int32_t planes_of(CKernelsLayout layout, int32_t channels) {
    switch (layout) {
    case CKernelsLayoutPlanar: return channels;
    case CKernelsLayoutBlocked: return blocks(channels);
    case CKernelsLayoutNarrow: return narrow_blocks(channels);
    }
}

/// Tiles of Winograd's algorithm along one axis.
static inline int32_t tiles_along(int32_t cells) { return (cells + WINOGRAD_TILE - 1) / WINOGRAD_TILE; }

/// Parts of at most `largest` of so many things.
static inline int32_t parts_of(int32_t count, int32_t largest) { return (count + largest - 1) / largest; }

/// The part of a job that one task does.
typedef struct Part {
    int32_t band, first_frame, last_frame;
} Part;

/// Packs convolution weights, of which memory holds zeros so far, as the factors of Winograd's products.
void pack_winograd(CKernelsLayout layout, const int32_t source_channels[2], int32_t destination_channels,
                   const float *weights, float *packed);

/// The kernels of one instruction set; those of the narrow layout may be NULL.
typedef struct Variant {
    void (*convolution_planar)(const CKernelsConvolution *, Part);
    void (*convolution_blocked)(const CKernelsConvolution *, Part);
    void (*winograd_planar)(const CKernelsConvolution *, Part, float *scratch);
    void (*winograd_blocked)(const CKernelsConvolution *, Part, float *scratch);
    void (*convolution_narrow)(const CKernelsConvolution *, Part);
    void (*winograd_narrow)(const CKernelsConvolution *, Part, float *scratch);
    void (*upconvolution_narrow)(const CKernelsUpconvolution *, Part);
    void (*softmax_narrow)(const CKernelsSoftmax *, Part);
    void (*pooling)(const CKernelsPooling *, Part);
    void (*upconvolution_planar)(const CKernelsUpconvolution *, Part);
    void (*upconvolution_blocked)(const CKernelsUpconvolution *, Part);
    void (*softmax)(const CKernelsSoftmax *, Part);
    float (*multiply_adds)(int32_t rounds, float value);
    /// Floating-point operations of one round.
    int64_t operations_per_round;
} Variant;

extern const Variant ckernels_variant_portable, ckernels_variant_avx2, ckernels_variant_avx512;
