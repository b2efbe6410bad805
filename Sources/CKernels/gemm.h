// Convolution as products of matrices that somebody else computes.
#pragma once
#include "CKernels.h"

int32_t gemm_tasks(const CKernelsConvolution *job);

size_t gemm_scratch_floats(const int32_t source_channels[2], int32_t destination_channels);

void gemm_run(const CKernelsConvolution *job, int32_t task, float *scratch);
