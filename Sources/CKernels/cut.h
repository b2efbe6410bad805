// How jobs are cut into tasks. Threads take tasks from a common counter: small ones, so that a thread that is held up
// holds up nobody for long, and enough for all.
#pragma once
#include "internal.h"

/// A job is cut into bands of rows (or blocks of channels), and these into groups of frames where bands are few.
typedef struct Cut {
    int32_t bands, groups;
} Cut;

enum {
    /// Rows of a band: few enough that the three source frames of a band stay in the second-level cache.
    BAND_ROWS = 8,
    FEWEST_BAND_ROWS = 2,
    /// Tasks of a job whose tasks have no costs of their own: four for each of 16 threads.
    MANY_TASKS = 64,
    /// The least for every thread where every task reads weights of its own, and where it transforms sources, too.
    WEIGHING_TASKS_PER_THREAD = 2,
    TRANSFORMING_TASKS_PER_THREAD = 4,
    /// Tiles of a task of blocked Winograd, at least: weights are read for all of them.
    FEWEST_BLOCKED_TILES = 2,
    /// Tiles of a task of narrow Winograd, at least: two columns of cells beside them are read twice.
    FEWEST_NARROW_TILES = 4,
};

/// Bands of rows of a job of so many frames: narrower ones where frames are few.
static inline int32_t bands_of(int32_t height, int32_t frames) {
    const int32_t usual = parts_of(height, BAND_ROWS), most = parts_of(height, FEWEST_BAND_ROWS);
    const int32_t wanted = minimum(most, parts_of(MANY_TASKS, frames > 0 ? frames : 1));
    return usual >= wanted ? usual : wanted;
}

static inline Cut cut_job(int32_t bands, int32_t frames, int32_t wanted) {
    const int32_t groups = bands >= wanted ? 1 : minimum(frames, parts_of(wanted, bands));
    return (Cut){bands, groups < 1 ? 1 : groups};
}

static inline Part part_of(Cut cut, int32_t frames, int32_t task) {
    int32_t group = task % cut.groups;
    return (Part){task / cut.groups, (int32_t)((int64_t)frames * group / cut.groups),
                  (int32_t)((int64_t)frames * (group + 1) / cut.groups)};
}

static inline int32_t threads_of(const CKernelsConvolution *job) { return job->threads > 0 ? job->threads : 1; }

/// Chunks of tiles, and groups of pairs of destination blocks, each of which transforms the sources of its chunk.
typedef struct BlockedCut {
    int32_t chunks, groups;
} BlockedCut;

static inline BlockedCut cut_winograd_blocked(const CKernelsConvolution *job) {
    const int32_t wanted = TRANSFORMING_TASKS_PER_THREAD * threads_of(job);
    const int32_t tiles = tiles_along(job->geometry.height) * tiles_along(job->geometry.width);
    const int32_t pairs = parts_of(blocks(job->destination_channels), BLOCKED_PAIR);
    BlockedCut cut = {.chunks = parts_of(tiles, WINOGRAD_BLOCKED_TILES)};
    cut.groups = minimum(pairs, parts_of(wanted, cut.chunks));
    const int32_t more = minimum(parts_of(wanted, cut.groups), parts_of(tiles, FEWEST_BLOCKED_TILES));
    if (more > cut.chunks) cut.chunks = more;
    return cut;
}

/// Tiles of a narrow segment, at most: their factors and products and the weights of one block of destinations have to
/// leave room in the second-level cache for the frames that pass by.
static inline int32_t narrow_tiles(const CKernelsConvolution *job) {
    enum { B = CKernelsNarrowChannels };
    const int64_t depth = narrow_blocks(job->source_channels[0]) + narrow_blocks(job->source_channels[1]);
    const int64_t weights = depth * WINOGRAD_POINTS * 3 * B * B, tile = (depth * NARROW_SLOTS + 2) * WINOGRAD_POINTS * B;
    const int64_t room = (job->cache_bytes / 4 * 3 / (int64_t)sizeof(float) - weights) / tile;
    return room >= NARROW_TILES ? NARROW_TILES : room > FEWEST_NARROW_TILES ? (int32_t)room : FEWEST_NARROW_TILES;
}

/// Segments of a row of tiles.
static inline int32_t narrow_segments(const CKernelsConvolution *job) {
    const int32_t rows = tiles_along(job->geometry.height), across = tiles_along(job->geometry.width);
    const int32_t wanted = parts_of(TRANSFORMING_TASKS_PER_THREAD * threads_of(job), rows);
    const int32_t segments = parts_of(across, narrow_tiles(job)), most = parts_of(across, FEWEST_NARROW_TILES);
    return segments >= wanted ? segments : minimum(wanted, most);
}

/// Parts of a row of tiles of planar Winograd, where rows are few: at least a vector of every instruction set.
static inline int32_t planar_groups(const CKernelsConvolution *job) {
    enum { WIDEST_VECTOR = 16 };
    const int32_t wanted = parts_of(TRANSFORMING_TASKS_PER_THREAD * threads_of(job), tiles_along(job->geometry.height));
    return minimum(wanted, parts_of(tiles_along(job->geometry.width), WIDEST_VECTOR));
}

/// Tasks of Winograd's algorithm. Every one passes through all frames, since the source frames of neighbouring results
/// are the same.
static inline Cut cut_winograd(const CKernelsConvolution *job) {
    const int32_t rows = tiles_along(job->geometry.height);
    switch (job->geometry.layout) {
    case CKernelsLayoutPlanar: return (Cut){rows * planar_groups(job), 1};
    case CKernelsLayoutBlocked: {
        const BlockedCut cut = cut_winograd_blocked(job);
        return (Cut){cut.chunks * cut.groups, 1};
    }
    case CKernelsLayoutNarrow: return (Cut){rows * narrow_segments(job), 1};
    }
}

static inline Cut cut_convolution(const CKernelsConvolution *job) {
    if (job->algorithm == CKernelsAlgorithmWinograd) return cut_winograd(job);
    if (job->geometry.layout == CKernelsLayoutBlocked)
        return cut_job(parts_of(blocks(job->destination_channels), BLOCKED_PAIR), job->frames,
                       WEIGHING_TASKS_PER_THREAD * threads_of(job));
    return cut_job(bands_of(job->geometry.height, job->frames), job->frames, MANY_TASKS);
}

/// Groups of the planes of a pooling's source, where its rows and frames alone are few.
static inline int32_t pooling_groups(const CKernelsPooling *job) {
    const int32_t planes = planes_of(job->source_geometry.layout, job->channels);
    const int32_t others = bands_of(job->destination_geometry.height, job->frames) * job->frames;
    return others >= MANY_TASKS ? 1 : minimum(planes, parts_of(MANY_TASKS, others > 0 ? others : 1));
}

static inline Cut cut_pooling(const CKernelsPooling *job) {
    return cut_job(bands_of(job->destination_geometry.height, job->frames) * pooling_groups(job), job->frames, MANY_TASKS);
}

/// Groups of the source rows of a blocked up-convolution, where blocks and frames alone are few.
static inline int32_t upconvolution_groups(const CKernelsUpconvolution *job) {
    const int32_t others = blocks(job->destination_channels) * job->frames;
    return others >= MANY_TASKS ? 1 : minimum(job->source_geometry.height, parts_of(MANY_TASKS, others > 0 ? others : 1));
}

static inline Cut cut_upconvolution(const CKernelsUpconvolution *job) {
    const int32_t bands = job->source_geometry.layout == CKernelsLayoutBlocked
                              ? blocks(job->destination_channels) * upconvolution_groups(job)
                              : bands_of(job->source_geometry.height, job->frames);
    return cut_job(bands, job->frames, MANY_TASKS);
}

static inline Cut cut_softmax(const CKernelsSoftmax *job) {
    return cut_job(bands_of(job->height, job->frames), job->frames, MANY_TASKS);
}
