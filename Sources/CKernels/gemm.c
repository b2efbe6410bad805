#include "gemm.h"
#include "cut.h"
#include <string.h>

// The cells of all frames of a job, one row behind the other, are cut into slabs. For every slab the values under all
// taps of all source channels are copied into a matrix of one column per cell, and one product with the weights gives
// all destination channels.

enum {
    TAPS = 27,
    /// Floats of a slab's matrix that stay in the second-level cache.
    SLAB_FLOATS = 1 << 18,
    FEWEST_CELLS = 32,
    MOST_CELLS = 2048,
};

/// Neighbouring cells of one row of one frame, and where they are in their slab.
typedef struct Run {
    int32_t frame, y, x, cells, column;
} Run;

static int32_t gemm_depth(const int32_t source_channels[2]) { return (source_channels[0] + source_channels[1]) * TAPS; }

static int32_t most_cells(int32_t depth) {
    int32_t cells = SLAB_FLOATS / depth;
    return cells < FEWEST_CELLS ? FEWEST_CELLS : minimum(cells, MOST_CELLS);
}

static int64_t cells_of(const CKernelsConvolution *job) {
    return (int64_t)job->frames * job->geometry.height * job->geometry.width;
}

int32_t gemm_tasks(const CKernelsConvolution *job) {
    const int64_t cells = cells_of(job), most = most_cells(gemm_depth(job->source_channels));
    const int32_t slabs = rounded_up((int32_t)((cells + most - 1) / most), job->threads > 0 ? job->threads : 1);
    return cells < slabs ? (int32_t)cells : slabs;
}

size_t gemm_scratch_floats(const int32_t source_channels[2], int32_t destination_channels) {
    const int32_t depth = gemm_depth(source_channels);
    return ((size_t)depth + (size_t)destination_channels) * (size_t)rounded_up(most_cells(depth), MARGIN_FLOATS);
}

/// The run at the start of cells first ..< last.
static Run run_at(const CKernelsGeometry *g, int64_t first, int64_t last, int32_t column) {
    const int64_t row = first / g->width;
    Run run = {(int32_t)(row / g->height), (int32_t)(row % g->height), (int32_t)(first % g->width), 0, column};
    run.cells = (int32_t)(last - first < g->width - run.x ? last - first : g->width - run.x);
    return run;
}

/// Copies the values under all taps into matrix[channel][t][y][x][column].
static void gather(const CKernelsConvolution *job, Run run, int32_t columns, float *matrix) {
    const CKernelsGeometry *g = &job->geometry;
    const size_t bytes = (size_t)run.cells * sizeof(float);
    float *to = matrix + run.column;
    for (int s = 0; s < 2; s++)
        for (int32_t channel = 0; channel < job->source_channels[s]; channel++)
            for (int tap = 0; tap < TAPS; tap++, to += columns) {
                const float *frame = job->sources[s][run.frame + tap / 9];
                if (frame)
                    memcpy(to, frame + channel * g->channel_stride + (run.y + tap / 3 % 3 - 1) * g->row_stride + run.x +
                                   tap % 3 - 1, bytes);
                else
                    memset(to, 0, bytes);
            }
}

/// Adds the bias to product[destination channel][column], rectifies and stores.
static void finish(const CKernelsConvolution *job, Run run, int32_t columns, const float *product) {
    const CKernelsGeometry *g = &job->geometry;
    for (int32_t o = 0; o < job->destination_channels; o++) {
        const float *from = product + (ptrdiff_t)o * columns + run.column;
        float *to = job->destinations[run.frame] + o * g->channel_stride + run.y * g->row_stride + run.x;
        for (int32_t i = 0; i < run.cells; i++) {
            const float value = from[i] + job->bias[o];
            to[i] = value > 0 ? value : 0;
        }
    }
}

void gemm_run(const CKernelsConvolution *job, int32_t task, float *scratch) {
    const int32_t depth = gemm_depth(job->source_channels), tasks = gemm_tasks(job);
    const int64_t first = cells_of(job) * task / tasks, last = cells_of(job) * (task + 1) / tasks;
    const int32_t columns = (int32_t)(last - first);
    float *product = scratch + (ptrdiff_t)depth * columns;
    for (int64_t cell = first; cell < last;) {
        Run run = run_at(&job->geometry, cell, last, (int32_t)(cell - first));
        gather(job, run, columns, scratch);
        cell += run.cells;
    }
    job->product(job->destination_channels, columns, depth, job->weights, scratch, product);
    for (int64_t cell = first; cell < last;) {
        Run run = run_at(&job->geometry, cell, last, (int32_t)(cell - first));
        finish(job, run, columns, product);
        cell += run.cells;
    }
}
