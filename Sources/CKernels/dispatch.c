#include "CKernels.h"
#include "internal.h"

static const Variant *variant(CKernelsISA isa) {
#if defined(__x86_64__)
    if (isa == CKernelsISAAVX512) return &ckernels_variant_avx512;
    if (isa == CKernelsISAAVX2) return &ckernels_variant_avx2;
#endif
    (void)isa;
    return &ckernels_variant_portable;
}

static int32_t tasks(Cut cut) { return cut.bands * cut.groups; }

int32_t ckernels_convolution_tasks(const CKernelsConvolution *job) { return tasks(cut_convolution(job)); }

int32_t ckernels_pooling_tasks(const CKernelsPooling *job) { return tasks(cut_pooling(job)); }

int32_t ckernels_upconvolution_tasks(const CKernelsUpconvolution *job) { return tasks(cut_upconvolution(job)); }

int32_t ckernels_softmax_tasks(const CKernelsSoftmax *job) { return tasks(cut_softmax(job)); }

void ckernels_convolution_run(CKernelsISA isa, const CKernelsConvolution *job, int32_t task) {
    Part part = part_of(cut_convolution(job), job->frames, task);
    if (job->geometry.layout == CKernelsLayoutPlanar)
        variant(isa)->convolution_planar(job, part);
    else
        variant(isa)->convolution_blocked(job, part);
}

void ckernels_pooling_run(CKernelsISA isa, const CKernelsPooling *job, int32_t task) {
    variant(isa)->pooling(job, part_of(cut_pooling(job), job->frames, task));
}

void ckernels_upconvolution_run(CKernelsISA isa, const CKernelsUpconvolution *job, int32_t task) {
    Part part = part_of(cut_upconvolution(job), job->frames, task);
    if (job->source_geometry.layout == CKernelsLayoutPlanar)
        variant(isa)->upconvolution_planar(job, part);
    else
        variant(isa)->upconvolution_blocked(job, part);
}

void ckernels_softmax_run(CKernelsISA isa, const CKernelsSoftmax *job, int32_t task) {
    variant(isa)->softmax(job, part_of(cut_softmax(job), job->frames, task));
}
