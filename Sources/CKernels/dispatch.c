#include "CKernels.h"
#include "bfloat16.h"
#include "cut.h"
#include "gemm.h"

static const Variant *variant(CKernelsISA isa) {
#if defined(__x86_64__)
    if (isa == CKernelsISAAVX512) return &ckernels_variant_avx512;
    if (isa == CKernelsISAAVX2) return &ckernels_variant_avx2;
#endif
    (void)isa;
    return &ckernels_variant_portable;
}

static int32_t tasks(Cut cut) { return cut.bands * cut.groups; }

int32_t ckernels_convolution_tasks(const CKernelsConvolution *job) {
    switch (job->algorithm) {
    case CKernelsAlgorithmGemm: return gemm_tasks(job);
    case CKernelsAlgorithmBFloat16: return bfloat16_tasks(job);
    default: return tasks(cut_convolution(job));
    }
}

int32_t ckernels_pooling_tasks(const CKernelsPooling *job) { return tasks(cut_pooling(job)); }

int32_t ckernels_upconvolution_tasks(const CKernelsUpconvolution *job) { return tasks(cut_upconvolution(job)); }

int32_t ckernels_softmax_tasks(const CKernelsSoftmax *job) { return tasks(cut_softmax(job)); }

static void run_direct(const Variant *kernels, const CKernelsConvolution *job, Part part) {
    switch (job->geometry.layout) {
    case CKernelsLayoutPlanar: kernels->convolution_planar(job, part); break;
    case CKernelsLayoutBlocked: kernels->convolution_blocked(job, part); break;
    case CKernelsLayoutNarrow: kernels->convolution_narrow(job, part); break;
    }
}

static void run_winograd(const Variant *kernels, const CKernelsConvolution *job, Part part, float *scratch) {
    switch (job->geometry.layout) {
    case CKernelsLayoutPlanar: kernels->winograd_planar(job, part, scratch); break;
    case CKernelsLayoutBlocked: kernels->winograd_blocked(job, part, scratch); break;
    case CKernelsLayoutNarrow: kernels->winograd_narrow(job, part, scratch); break;
    }
}

void ckernels_convolution_run(CKernelsISA isa, const CKernelsConvolution *job, int32_t task, float *scratch) {
    const Part part = part_of(cut_convolution(job), job->frames, task);
    const Variant *kernels = variant(isa);
    switch (job->algorithm) {
    case CKernelsAlgorithmDirect: run_direct(kernels, job, part); break;
    case CKernelsAlgorithmWinograd: run_winograd(kernels, job, part, scratch); break;
    case CKernelsAlgorithmGemm: gemm_run(job, task, scratch); break;
    case CKernelsAlgorithmBFloat16: bfloat16_run(job, task, scratch); break;
    }
}

void ckernels_pooling_run(CKernelsISA isa, const CKernelsPooling *job, int32_t task) {
    const Variant *kernels = variant(isa);
    kernels->pooling(job, part_of(cut_pooling(job), job->frames, task));
}

void ckernels_upconvolution_run(CKernelsISA isa, const CKernelsUpconvolution *job, int32_t task) {
    const Part part = part_of(cut_upconvolution(job), job->frames, task);
    const Variant *kernels = variant(isa);
    switch (job->source_geometry.layout) {
    case CKernelsLayoutPlanar: kernels->upconvolution_planar(job, part); break;
    case CKernelsLayoutBlocked: kernels->upconvolution_blocked(job, part); break;
    case CKernelsLayoutNarrow: kernels->upconvolution_narrow(job, part); break;
    }
}

void ckernels_softmax_run(CKernelsISA isa, const CKernelsSoftmax *job, int32_t task) {
    const CKernelsLayout layout = job->geometry.layout;
    const Variant *kernels = variant(isa);
    (layout == CKernelsLayoutPlanar ? kernels->softmax : kernels->softmax_narrow)(
        job, part_of(cut_softmax(job), job->frames, task));
}

bool ckernels_has_narrow(CKernelsISA isa) { return variant(isa)->winograd_narrow != NULL; }

float ckernels_multiply_adds(CKernelsISA isa, int32_t rounds, float value) {
    return variant(isa)->multiply_adds(rounds, value);
}

int64_t ckernels_multiply_add_operations(CKernelsISA isa, int32_t rounds) {
    return rounds * variant(isa)->operations_per_round;
}

typedef struct Call {
    CKernelsISA isa;
    const void *job;
    /// Of all threads.
    float *scratch;
    size_t scratch_floats;
} Call;

static void convolution_task(void *argument, int32_t task, int32_t thread) {
    const Call *call = argument;
    float *scratch = call->scratch_floats ? call->scratch + (size_t)thread * call->scratch_floats : NULL;
    ckernels_convolution_run(call->isa, call->job, task, scratch);
}

static void pooling_task(void *call, int32_t task, int32_t thread) {
    (void)thread;
    ckernels_pooling_run(((const Call *)call)->isa, ((const Call *)call)->job, task);
}

static void upconvolution_task(void *call, int32_t task, int32_t thread) {
    (void)thread;
    ckernels_upconvolution_run(((const Call *)call)->isa, ((const Call *)call)->job, task);
}

static void softmax_task(void *call, int32_t task, int32_t thread) {
    (void)thread;
    ckernels_softmax_run(((const Call *)call)->isa, ((const Call *)call)->job, task);
}

void ckernels_convolve(CKernelsPool *pool, CKernelsISA isa, const CKernelsConvolution *job, float *scratch,
                       size_t scratch_floats) {
    ckernels_pool_run(pool, convolution_task, &(Call){isa, job, scratch, scratch_floats},
                      ckernels_convolution_tasks(job));
}

void ckernels_pool(CKernelsPool *pool, CKernelsISA isa, const CKernelsPooling *job) {
    ckernels_pool_run(pool, pooling_task, &(Call){.isa = isa, .job = job}, ckernels_pooling_tasks(job));
}

void ckernels_upconvolve(CKernelsPool *pool, CKernelsISA isa, const CKernelsUpconvolution *job) {
    ckernels_pool_run(pool, upconvolution_task, &(Call){.isa = isa, .job = job}, ckernels_upconvolution_tasks(job));
}

typedef struct Rounds {
    CKernelsISA isa;
    int32_t rounds;
} Rounds;

static void multiply_add_task(void *argument, int32_t task, int32_t thread) {
    (void)task, (void)thread;
    const Rounds *job = argument;
    ckernels_multiply_adds(job->isa, job->rounds, 0.5f);
}

int64_t ckernels_multiply_add(CKernelsPool *pool, CKernelsISA isa, int32_t tasks, int32_t rounds) {
    ckernels_pool_run(pool, multiply_add_task, &(Rounds){isa, rounds}, tasks);
    return tasks * ckernels_multiply_add_operations(isa, rounds);
}

void ckernels_classify(CKernelsPool *pool, CKernelsISA isa, const CKernelsSoftmax *job) {
    ckernels_pool_run(pool, softmax_task, &(Call){.isa = isa, .job = job}, ckernels_softmax_tasks(job));
}
