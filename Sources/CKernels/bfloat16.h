// 3x3x3 convolution of planar frames with factors rounded to bfloat16; sums and frames stay float.
#pragma once
#include "CKernels.h"

int32_t bfloat16_tasks(const CKernelsConvolution *job);

size_t bfloat16_scratch_floats(const int32_t source_channels[2]);

size_t bfloat16_packed_floats(const int32_t source_channels[2], int32_t destination_channels);

/// Packs into memory that holds zeros so far.
void bfloat16_pack(const int32_t source_channels[2], int32_t destination_channels, const float *weights, float *packed);

void bfloat16_run(const CKernelsConvolution *job, int32_t task, float *scratch);
