// The arithmetic of the network on single frames, with variants for several instruction sets.
//
// Every function may be called from any thread at any time: none keeps state. Tasks of one job write different cells
// and may run at the same time; jobs that write the same cells may not.
#pragma once
#include "CKernelsCaches.h"
#include "CKernelsMemory.h"
#include "CKernelsPool.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The instruction sets for which the kernels have variants.
typedef enum __attribute__((enum_extensibility(closed))) CKernelsISA : int32_t {
    CKernelsISAPortable __attribute__((swift_name("portable"))) = 0,
    CKernelsISAAVX2 __attribute__((swift_name("avx2"))) = 1,
    CKernelsISAAVX512 __attribute__((swift_name("avx512"))) = 2,
} CKernelsISA;

/// The best instruction set of this processor, capped by the environment variable
/// SPARKWATCH_ISA=portable|avx2|avx512: under a cap everything is as on a processor that has no more. Any thread.
CKernelsISA ckernels_isa(void);

/// Whether the kernels of an instruction set use vectors as the processor has them.
bool ckernels_has_vectors(CKernelsISA isa);

/// Whether an instruction set has kernels for CKernelsLayoutNarrow.
bool ckernels_has_narrow(CKernelsISA isa);

/// Whether the processor multiplies bfloat16, and an instruction set may use that.
bool ckernels_has_bfloat16(CKernelsISA isa);

/// How the cells of one frame lie in memory.
typedef enum __attribute__((enum_extensibility(closed))) CKernelsLayout : int32_t {
    /// [channel][y][x]: vectors run along x. For few channels and wide frames.
    CKernelsLayoutPlanar __attribute__((swift_name("planar"))) = 0,
    /// [channel / 16][y][x][channel % 16]: vectors run along the channels, whose number is rounded up to 16.
    CKernelsLayoutBlocked __attribute__((swift_name("blocked"))) = 1,
    /// [channel / 8][y][x][channel % 8]: as blocked, for few channels, whose number is rounded up to 8; where
    /// ckernels_has_narrow.
    CKernelsLayoutNarrow __attribute__((swift_name("narrow"))) = 2,
} CKernelsLayout;

/// Channels of one block of the blocked and of the narrow layout.
enum { CKernelsBlockChannels = 16, CKernelsNarrowChannels = 8 };

/// Extents and strides (in floats) of the frames of one level.
///
/// A frame pointer points at cell y = 0, x = 0 of channel 0. Around the cells lies a margin of zeros that the kernels
/// read as padding and never write anything else to; whoever allocates a frame clears it once.
typedef struct CKernelsGeometry {
    CKernelsLayout layout;
    int32_t height, width;
    ptrdiff_t row_stride;
    /// From one channel (planar) or block of channels (others) to the next.
    ptrdiff_t channel_stride;
    /// From the first float of a frame's memory to cell y = 0, x = 0 of channel 0.
    ptrdiff_t origin;
} CKernelsGeometry;

CKernelsGeometry ckernels_geometry(CKernelsLayout layout, int32_t height, int32_t width);

/// Floats of memory for one frame with its margin, a multiple of 16.
size_t ckernels_frame_floats(const CKernelsGeometry *geometry, int32_t channels);

/// How a convolution is computed.
typedef enum __attribute__((enum_extensibility(closed))) CKernelsAlgorithm : int32_t {
    /// Tap by tap.
    CKernelsAlgorithmDirect __attribute__((swift_name("direct"))) = 0,
    /// Winograd's F(4,3) over y and x: a quarter of the multiplications, at the price of transforms, of weights that
    /// take four times the memory, and of some rounding.
    CKernelsAlgorithmWinograd __attribute__((swift_name("winograd"))) = 1,
    /// As products of matrices by a library, of planar frames.
    CKernelsAlgorithmGemm __attribute__((swift_name("gemm"))) = 2,
    /// Tap by tap with factors rounded to bfloat16, of planar frames, where ckernels_has_bfloat16.
    CKernelsAlgorithmBFloat16 __attribute__((swift_name("bfloat16"))) = 3,
} CKernelsAlgorithm;

/// Cells along y and x that Winograd's algorithm computes at once.
enum { CKernelsWinogradTile = 4 };

/// product[rows][columns] = left[rows][depth] * right[depth][columns]; called from several threads at the same time.
typedef void (*CKernelsMatrixProduct)(int32_t rows, int32_t columns, int32_t depth, const float *left,
                                      const float *right, float *product);

/// 3x3x3 convolution with zero padding, bias and ReLU over up to two sources that follow each other in the channels.
///
/// Source and destination have the same layout, but for the direct algorithm from one planar source to narrow, which is
/// the only one between these. From narrow to narrow there is Winograd's alone.
typedef struct CKernelsConvolution {
    /// Of the sources.
    CKernelsGeometry source_geometry;
    /// Of the destination.
    CKernelsGeometry geometry;
    CKernelsAlgorithm algorithm;
    /// Of the gemm algorithm; NULL for others.
    CKernelsMatrixProduct product;
    /// Threads that share the job, and the second-level cache of each, in bytes: it is cut accordingly.
    int32_t threads;
    int64_t cache_bytes;
    /// Made by ckernels_pack_convolution for this algorithm.
    const float *weights;
    /// One per destination channel, followed by zeros up to a multiple of 16.
    const float *bias;
    /// The second is 0 if there is one source.
    int32_t source_channels[2];
    int32_t destination_channels;
    /// Number of destination frames.
    int32_t frames;
    /// Per source frames + 2 pointers: destination frame t is made of source frames t, t + 1 and t + 2.
    /// NULL is a frame of zeros.
    const float *const *sources[2];
    float *const *destinations;
} CKernelsConvolution;

/// Largest value of each 2x2x2 cube; extents are halved. From narrow to narrow or blocked, else not from or to narrow.
typedef struct CKernelsPooling {
    CKernelsGeometry source_geometry, destination_geometry;
    int32_t channels;
    /// Number of destination frames.
    int32_t frames;
    /// 2 * frames pointers.
    const float *const *sources;
    float *const *destinations;
} CKernelsPooling;

/// 2x2x2 transposed convolution of stride 2 with bias; extents are doubled.
///
/// Not from planar or narrow to others: the deeper level has more channels.
typedef struct CKernelsUpconvolution {
    CKernelsGeometry source_geometry, destination_geometry;
    /// Made by ckernels_pack_upconvolution.
    const float *weights;
    /// One per destination channel, followed by zeros up to a multiple of 16.
    const float *bias;
    int32_t source_channels, destination_channels;
    /// Number of source frames.
    int32_t frames;
    const float *const *sources;
    /// 2 * frames pointers; NULL where a frame is not wanted.
    float *const *destinations;
} CKernelsUpconvolution;

/// Classes of the network's output.
enum { CKernelsClasses = 4 };

/// 1x1x1 convolution to four classes and softmax over them, of a planar or narrow source.
typedef struct CKernelsSoftmax {
    CKernelsGeometry geometry;
    /// [class][channel]
    const float *weights;
    /// [class]
    const float *bias;
    int32_t channels;
    int32_t frames;
    const float *const *sources;
    /// Per frame the probabilities of class 0, [y][x], without margin; the other classes follow at class_stride.
    float *const *destinations;
    ptrdiff_t class_stride;
    /// The part of the source that is wanted.
    int32_t top, left, height, width;
} CKernelsSoftmax;

/// Number of independent tasks in which a job is best cut.
int32_t ckernels_convolution_tasks(const CKernelsConvolution *job);
int32_t ckernels_pooling_tasks(const CKernelsPooling *job);
int32_t ckernels_upconvolution_tasks(const CKernelsUpconvolution *job);
int32_t ckernels_softmax_tasks(const CKernelsSoftmax *job);

/// Floats of scratch memory that a task of a convolution needs, a multiple of 16; 0 for the direct algorithm.
size_t ckernels_convolution_scratch_floats(CKernelsLayout layout, CKernelsAlgorithm algorithm,
                                           const int32_t source_channels[2], int32_t destination_channels);

/// Runs task 0 ..< tasks of a job. The processor must have the instruction set. Tasks that run at the same time need
/// scratch memory of their own.
void ckernels_convolution_run(CKernelsISA isa, const CKernelsConvolution *job, int32_t task, float *scratch);
void ckernels_pooling_run(CKernelsISA isa, const CKernelsPooling *job, int32_t task);
void ckernels_upconvolution_run(CKernelsISA isa, const CKernelsUpconvolution *job, int32_t task);
void ckernels_softmax_run(CKernelsISA isa, const CKernelsSoftmax *job, int32_t task);

/// Floats of packed convolution weights; `layout` is that of the destination.
size_t ckernels_packed_convolution_floats(CKernelsLayout layout, CKernelsAlgorithm algorithm,
                                          const int32_t source_channels[2], int32_t destination_channels);

/// Packs weights[destination channel][source channel][t][y][x] for all instruction sets.
void ckernels_pack_convolution(CKernelsLayout layout, CKernelsAlgorithm algorithm, const int32_t source_channels[2],
                               int32_t destination_channels, const float *weights, float *packed);

/// Floats of packed up-convolution weights.
size_t ckernels_packed_upconvolution_floats(CKernelsLayout source_layout, int32_t source_channels,
                                            int32_t destination_channels);

/// Packs weights[source channel][destination channel][t][y][x] for all instruction sets.
void ckernels_pack_upconvolution(CKernelsLayout source_layout, int32_t source_channels, int32_t destination_channels,
                                 const float *weights, float *packed);

/// The same jobs in plain C, whole, from weights that are not packed: what the fast kernels are tested against.
void ckernels_convolution_reference(const CKernelsConvolution *job, const float *weights);
void ckernels_pooling_reference(const CKernelsPooling *job);
void ckernels_upconvolution_reference(const CKernelsUpconvolution *job, const float *weights);
void ckernels_softmax_reference(const CKernelsSoftmax *job);

/// Run a job whole on a pool; `scratch` has scratch_floats for each of its threads.
void ckernels_convolve(CKernelsPool *pool, CKernelsISA isa, const CKernelsConvolution *job, float *scratch,
                       size_t scratch_floats);
void ckernels_pool(CKernelsPool *pool, CKernelsISA isa, const CKernelsPooling *job);
void ckernels_upconvolve(CKernelsPool *pool, CKernelsISA isa, const CKernelsUpconvolution *job);
void ckernels_classify(CKernelsPool *pool, CKernelsISA isa, const CKernelsSoftmax *job);

/// Multiply-adds without memory, as many as the processor can do: x = x * value + value, over and over; returns x.
/// 0 < value < 1.
float ckernels_multiply_adds(CKernelsISA isa, int32_t rounds, float value);

/// Floating-point operations of so many rounds, two per multiply-add.
int64_t ckernels_multiply_add_operations(CKernelsISA isa, int32_t rounds);

/// Runs so many rounds in each of so many tasks on a pool; returns the floating-point operations of all.
int64_t ckernels_multiply_add(CKernelsPool *pool, CKernelsISA isa, int32_t tasks, int32_t rounds);
