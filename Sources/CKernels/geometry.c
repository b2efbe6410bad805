#include "CKernels.h"
#include "internal.h"

enum {
    /// Rows a multiple of this many floats apart would fall into the same cache set.
    ALIASING_FLOATS = 256,
    /// The same for the rows of narrow frames, of which six are read at once: rows of a multiple of 4 KiB and less than
    /// 20 cells share sets.
    ALIASING_CELLS = 128,
    SPREADING_CELLS = 20
};

/// Whole tiles of zeros and cells, and at least one cell of zeros, which is also the one before the next row.
static ptrdiff_t narrow_row_cells(int32_t width) {
    const int32_t cells = rounded_up(tiles_along(width) * WINOGRAD_TILE + 1, 2), rest = cells % ALIASING_CELLS;
    return rest < SPREADING_CELLS ? cells + SPREADING_CELLS - rest : cells;
}

CKernelsGeometry ckernels_geometry(CKernelsLayout layout, int32_t height, int32_t width) {
    CKernelsGeometry geometry = {.layout = layout, .height = height, .width = width};
    int32_t rows = height;
    switch (layout) {
    // The margin at the right of a row is the one at the left of the next.
    case CKernelsLayoutPlanar:
        geometry.row_stride = (ptrdiff_t)rounded_up(width, MARGIN_FLOATS) + MARGIN_FLOATS;
        if (geometry.row_stride % ALIASING_FLOATS == 0) geometry.row_stride += MARGIN_FLOATS;
        break;
    case CKernelsLayoutBlocked:
        geometry.row_stride = (ptrdiff_t)(width + 1) * MARGIN_FLOATS;
        if (geometry.row_stride % ALIASING_FLOATS == 0) geometry.row_stride += MARGIN_FLOATS;
        break;
    case CKernelsLayoutNarrow:
        geometry.row_stride = narrow_row_cells(width) * CKernelsNarrowChannels;
        rows = tiles_along(height) * WINOGRAD_TILE;
        break;
    }
    geometry.channel_stride = geometry.row_stride * (rows + 2) + MARGIN_FLOATS;
    geometry.origin = geometry.row_stride + MARGIN_FLOATS;
    return geometry;
}

size_t ckernels_frame_floats(const CKernelsGeometry *geometry, int32_t channels) {
    return (size_t)geometry->channel_stride * (size_t)planes_of(geometry->layout, channels) + MARGIN_FLOATS;
}
