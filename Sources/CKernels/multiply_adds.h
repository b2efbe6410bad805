// Multiply-adds without memory: what the processor can do at best.
#pragma once
#include "vector.h"

enum {
    /// Sums that do not depend on each other: more than latency times units, fewer than registers.
    INDEPENDENT_SUMS = 12,
    /// Multiply-adds to every sum per round.
    SUMS_PER_ROUND = 1024
};

/// Every sum comes to value / (1 - value); it is returned so that no round can be left out.
static float multiply_adds(int32_t rounds, float value) {
    vec sums[INDEPENDENT_SUMS];
    const vec factor = splat(value);
    UNROLL for (int i = 0; i < INDEPENDENT_SUMS; i++) sums[i] = factor * (float)i;
    NO_UNROLL for (int64_t k = (int64_t)rounds * SUMS_PER_ROUND; k > 0; k--)
        UNROLL for (int i = 0; i < INDEPENDENT_SUMS; i++) sums[i] = sums[i] * factor + factor;
    vec sum = {};
    UNROLL for (int i = 0; i < INDEPENDENT_SUMS; i++) sum += sums[i];
    return sum[LANES - 1] / INDEPENDENT_SUMS;
}
