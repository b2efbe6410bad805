// Winograd's F(4,3) along one axis: four results of a filter of three taps from six values with six multiplications
// instead of twelve. Nested over y and x, 36 products make the 4x4 results of a tile from its patch of 6x6 cells.
//
// Both axes lie within a frame, so that a result depends on three source frames alone, however frames come in jobs.
#pragma once
#include "vector.h"

/// From values to factors.
INLINE void winograd_factors(const vec d[WINOGRAD_PATCH], vec factors[WINOGRAD_PATCH]) {
    vec a = d[4] - 4.0f * d[2], b = d[3] - 4.0f * d[1];
    vec c = d[4] - d[2], e = d[3] - d[1];
    factors[0] = 4.0f * d[0] + (d[4] - 5.0f * d[2]);
    factors[1] = a + b;
    factors[2] = a - b;
    factors[3] = c + 2.0f * e;
    factors[4] = c - 2.0f * e;
    factors[5] = 4.0f * d[1] + (d[5] - 5.0f * d[3]);
}

/// From products to results.
INLINE void winograd_results(const vec products[WINOGRAD_PATCH], vec results[WINOGRAD_TILE]) {
    vec sum = products[1] + products[2], difference = products[1] - products[2];
    vec sum2 = products[3] + products[4], difference2 = products[3] - products[4];
    results[0] = products[0] + (sum + sum2);
    results[1] = difference + 2.0f * difference2;
    results[2] = sum + 4.0f * sum2;
    results[3] = (difference + products[5]) + 8.0f * difference2;
}
