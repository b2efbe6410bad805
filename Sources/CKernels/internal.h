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
};

static inline int32_t minimum(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t rounded_up(int32_t value, int32_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Blocks of the blocked layout that hold so many channels.
static inline int32_t blocks(int32_t channels) {
    return (channels + CKernelsBlockChannels - 1) / CKernelsBlockChannels;
}

/// A job is cut into bands of rows (or blocks of channels), and these into groups of frames where bands are few.
typedef struct Cut {
    int32_t bands, groups;
} Cut;

/// The part of a job that one task does.
typedef struct Part {
    int32_t band, first_frame, last_frame;
} Part;

static inline Cut cut_job(int32_t bands, int32_t frames) {
    enum { ENOUGH_TASKS = 8 };
    int32_t groups = bands >= ENOUGH_TASKS ? 1 : minimum(frames, (ENOUGH_TASKS + bands - 1) / bands);
    return (Cut){bands, groups < 1 ? 1 : groups};
}

static inline Part part_of(Cut cut, int32_t frames, int32_t task) {
    int32_t group = task % cut.groups;
    return (Part){task / cut.groups, (int32_t)((int64_t)frames * group / cut.groups),
                  (int32_t)((int64_t)frames * (group + 1) / cut.groups)};
}

/// Rows of a band: few enough that the three source frames of a band stay in the second-level cache.
enum { BAND_ROWS = 8 };

static inline int32_t bands_of(int32_t height) { return (height + BAND_ROWS - 1) / BAND_ROWS; }

/// Tiles of Winograd's algorithm along one axis.
static inline int32_t tiles_along(int32_t cells) { return (cells + WINOGRAD_TILE - 1) / WINOGRAD_TILE; }

/// Rows of tiles (planar) or chunks of tiles (blocked). Every task passes through all frames, since the source frames
/// of neighbouring results are the same; blocked ones are few, since each reads all weights.
static inline Cut cut_winograd(const CKernelsConvolution *job) {
    int32_t rows = tiles_along(job->geometry.height);
    if (job->geometry.layout == CKernelsLayoutPlanar) return (Cut){rows, 1};
    int32_t tiles = rows * tiles_along(job->geometry.width);
    int32_t chunks = (tiles + WINOGRAD_BLOCKED_TILES - 1) / WINOGRAD_BLOCKED_TILES;
    return (Cut){minimum(tiles, rounded_up(chunks, job->threads > 0 ? job->threads : 1)), 1};
}

static inline Cut cut_convolution(const CKernelsConvolution *job) {
    if (job->algorithm == CKernelsAlgorithmWinograd) return cut_winograd(job);
    int32_t bands = job->geometry.layout == CKernelsLayoutPlanar
                        ? bands_of(job->geometry.height)
                        : (blocks(job->destination_channels) + BLOCKED_PAIR - 1) / BLOCKED_PAIR;
    return cut_job(bands, job->frames);
}

static inline Cut cut_pooling(const CKernelsPooling *job) {
    return cut_job(bands_of(job->destination_geometry.height), job->frames);
}

static inline Cut cut_upconvolution(const CKernelsUpconvolution *job) {
    int32_t bands = job->source_geometry.layout == CKernelsLayoutPlanar
                        ? bands_of(job->source_geometry.height)
                        : blocks(job->destination_channels);
    return cut_job(bands, job->frames);
}

static inline Cut cut_softmax(const CKernelsSoftmax *job) { return cut_job(bands_of(job->height), job->frames); }

/// Packs convolution weights, of which memory holds zeros so far, as the factors of Winograd's products.
void pack_winograd(CKernelsLayout layout, const int32_t source_channels[2], int32_t destination_channels,
                   const float *weights, float *packed);

/// The kernels of one instruction set.
typedef struct Variant {
    void (*convolution_planar)(const CKernelsConvolution *, Part);
    void (*convolution_blocked)(const CKernelsConvolution *, Part);
    void (*winograd_planar)(const CKernelsConvolution *, Part, float *scratch);
    void (*winograd_blocked)(const CKernelsConvolution *, Part, float *scratch);
    void (*pooling)(const CKernelsPooling *, Part);
    void (*upconvolution_planar)(const CKernelsUpconvolution *, Part);
    void (*upconvolution_blocked)(const CKernelsUpconvolution *, Part);
    void (*softmax)(const CKernelsSoftmax *, Part);
    float (*multiply_adds)(int32_t rounds, float value);
    /// Floating-point operations of one round.
    int64_t operations_per_round;
} Variant;

extern const Variant ckernels_variant_portable, ckernels_variant_avx2, ckernels_variant_avx512;
