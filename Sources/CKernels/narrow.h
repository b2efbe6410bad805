// Cells of narrow frames as vectors: this layout is for instruction sets of eight lanes.
#pragma once
#include "vector.h"

/// Floats of a cell.
enum { CELL = CKernelsNarrowChannels };

_Static_assert(LANES == CELL, "a vector is one cell");

/// Fixes the place of a value in the order of instructions: where the compiler may move loads across sums, 16 registers do
/// not suffice.
#define PIN(value) __asm__ volatile("" : "+x"(value))

INLINE vec load(const float *from) { return *(const vec *)from; }

INLINE void store(float *to, vec value) { *(vec *)to = value; }
