// Memory for frames and weights. Any thread.
#pragma once
#include <stddef.h>

/// Zeros, aligned to a page and in large pages where the system has them, all of them there at once where it can do that.
/// NULL if there is not enough memory.
float *ckernels_allocate(size_t floats);

/// Gives back what ckernels_allocate returned for the same number of floats.
void ckernels_deallocate(float *memory, size_t floats);
