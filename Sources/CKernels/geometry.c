#include "CKernels.h"
#include "internal.h"

/// Rows a multiple of this many floats apart would fall into the same cache set.
enum { ALIASING_FLOATS = 256 };

CKernelsGeometry ckernels_geometry(CKernelsLayout layout, int32_t height, int32_t width) {
    CKernelsGeometry geometry = {.layout = layout, .height = height, .width = width};
    // The margin at the right of a row is the one at the left of the next.
    geometry.row_stride = layout == CKernelsLayoutPlanar ? (ptrdiff_t)rounded_up(width, MARGIN_FLOATS) + MARGIN_FLOATS
                                                         : (ptrdiff_t)(width + 1) * MARGIN_FLOATS;
    if (geometry.row_stride % ALIASING_FLOATS == 0) geometry.row_stride += MARGIN_FLOATS;
    geometry.channel_stride = geometry.row_stride * (height + 2) + MARGIN_FLOATS;
    geometry.origin = geometry.row_stride + MARGIN_FLOATS;
    return geometry;
}

size_t ckernels_frame_floats(const CKernelsGeometry *geometry, int32_t channels) {
    int32_t planes = geometry->layout == CKernelsLayoutPlanar ? channels : blocks(channels);
    return (size_t)geometry->channel_stride * (size_t)planes + MARGIN_FLOATS;
}
