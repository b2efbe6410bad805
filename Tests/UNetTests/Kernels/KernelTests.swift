import CKernels
import Foundation
import Imaging
import TestSupport
import Testing
import UNet

private let sizes = [(1, 1), (1, 8), (2, 3), (3, 16), (5, 17), (9, 33), (17, 50), (4, 100), (6, 270)].map {
    FrameSize(height: $0.0, width: $0.1)
}

/// Everything that computes convolutions.
private let engines = availableISAs.flatMap { isa in
    [CKernelsAlgorithm.direct, .winograd].map { Engine.kernel(isa, $0) }
}

extension CKernelsISA {
    /// Whether there are kernels for a layout.
    fileprivate func has(_ layout: CKernelsLayout) -> Bool { layout != .narrow || ckernels_has_narrow(self) }
}

extension Engine {
    /// The largest difference that rounding may make to results of this size.
    fileprivate func tolerance(_ results: [Float]) -> Float {
        switch algorithm {
        case .direct, .gemm, .bfloat16: 3e-6
        case .winograd: 1e-5 * max(1, results.max() ?? 0)
        }
    }
}

@Suite("Kernels against the plain reference, every instruction set that may be used here")
struct KernelTests {
    /// OpenBLAS sums in an order of its own.
    @Test(arguments: engines + [.kernel(.portable, .gemm)], sizes)
    func planarConvolution(engine: Engine, size: FrameSize) throws {
        let channels = [([1], 8), ([2], 2), ([3, 3], 3), ([8], 8), ([4, 4], 5), ([16], 16), ([8, 8], 17)]
        for (index, (sources, destinations)) in channels.enumerated() {
            let test = KernelCase(
                sourceChannels: sources,
                channels: destinations,
                frames: 1 + index % 4,
                size: size,
                kernelExtent: 3,
                seed: UInt64(index)
            )
            let expected = try test.convolution(.reference)
            let result = try test.convolution(engine)
            #expect(largestDifference(result.values, expected.values) < engine.tolerance(expected.values), "\(test)")
            #expect(result.marginsAreZero, "\(test)")
        }
    }

    /// Of factors that are bfloat16 already, products are exact.
    @Test(
        .needsBFloat16,
        arguments: availableISAs.filter(ckernels_has_bfloat16),
        sizes + [FrameSize(height: 3, width: 1040)]
    )
    func bfloat16Convolution(isa: CKernelsISA, size: FrameSize) throws {
        let channels = [([1], 8), ([2], 2), ([3, 3], 3), ([8], 8), ([4, 4], 5), ([8, 8], 17)]
        for (index, (sources, destinations)) in channels.enumerated() {
            var test = KernelCase(
                sourceChannels: sources,
                channels: destinations,
                frames: 1 + index % 5,
                size: size,
                kernelExtent: 3,
                seed: UInt64(index)
            )
            let engine = Engine.kernel(isa, .bfloat16)
            let exact = try test.convolution(.reference)
            let rounded = try test.convolution(engine)
            #expect(largestDifference(rounded.values, exact.values) < 2e-2, "\(test)")
            func cut(_ values: [Float]) -> [Float] { values.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) } }
            test.sources = test.sources.map(cut)
            test.weights = cut(test.weights)
            let expected = try test.convolution(.reference)
            let result = try test.convolution(engine)
            #expect(largestDifference(result.values, expected.values) < engine.tolerance(expected.values), "\(test)")
            #expect(result.marginsAreZero, "\(test)")
        }
    }

    @Test(arguments: engines, sizes)
    func blockedConvolution(engine: Engine, size: FrameSize) throws {
        let channels = [([16], 32), ([24], 48), ([32, 32], 32), ([144], 16), ([80, 80], 64), ([16], 16), ([400], 16)]
        for (index, (sources, destinations)) in channels.enumerated() where size.pixelCount * sources[0] < 30_000 {
            let test = KernelCase(
                layout: .blocked,
                sourceChannels: sources,
                channels: destinations,
                frames: index == 5 ? 19 : 1 + index % 3,
                size: size,
                kernelExtent: 3,
                seed: UInt64(index)
            )
            let expected = try test.convolution(.reference)
            let result = try test.convolution(engine)
            #expect(largestDifference(result.values, expected.values) < engine.tolerance(expected.values), "\(test)")
            #expect(result.marginsAreZero, "\(test)")
        }
    }

    /// Segments of all tiles that a row has, and short ones.
    @Test(arguments: availableISAs.filter(ckernels_has_narrow), sizes)
    func narrowConvolution(isa: CKernelsISA, size: FrameSize) throws {
        let engine = Engine.kernel(isa, .winograd)
        let channels = [([8], 8), ([8, 8], 8), ([16], 16), ([3], 5), ([16, 16], 16), ([12, 9], 20), ([24, 24], 24)]
        for (index, (sources, destinations)) in channels.enumerated() {
            var test = KernelCase(
                layout: .narrow,
                sourceChannels: sources,
                channels: destinations,
                frames: 1 + index % 5,
                size: size,
                kernelExtent: 3,
                seed: UInt64(index)
            )
            let expected = try test.convolution(.reference)
            let result = try test.convolution(engine)
            #expect(largestDifference(result.values, expected.values) < engine.tolerance(expected.values), "\(test)")
            #expect(result.marginsAreZero, "\(test)")
            test.cacheByteCount = 1 << 24
            #expect(try test.convolution(engine).values == result.values, "\(test)")
        }
    }

    @Test(arguments: availableISAs.filter(ckernels_has_narrow), sizes)
    func convolutionFromPlanarToNarrow(isa: CKernelsISA, size: FrameSize) throws {
        for (index, (sources, destinations)) in [(1, 8), (2, 16), (1, 24), (3, 5)].enumerated() {
            let test = KernelCase(
                destinationLayout: .narrow,
                sourceChannels: [sources],
                channels: destinations,
                frames: 1 + index,
                size: size,
                kernelExtent: 3,
                seed: UInt64(index)
            )
            let engine = Engine.kernel(isa)
            let expected = try test.convolution(.reference)
            let result = try test.convolution(engine)
            #expect(largestDifference(result.values, expected.values) < engine.tolerance(expected.values), "\(test)")
            #expect(result.marginsAreZero, "\(test)")
        }
    }

    @Test(arguments: availableISAs, sizes)
    func pooling(isa: CKernelsISA, size: FrameSize) throws {
        let layouts: [(CKernelsLayout, CKernelsLayout, Int)] = [
            (.planar, .planar, 1), (.planar, .planar, 6), (.planar, .blocked, 16), (.planar, .blocked, 24),
            (.blocked, .blocked, 32), (.narrow, .narrow, 8), (.narrow, .narrow, 20), (.narrow, .blocked, 16),
            (.narrow, .blocked, 24),
        ]
        for (index, (from, to, channels)) in layouts.enumerated() where isa.has(from) && isa.has(to) {
            let test = KernelCase(
                layout: from,
                destinationLayout: to,
                sourceChannels: [channels],
                channels: channels,
                frames: 2 + 2 * (index % 3),
                size: FrameSize(height: 2 * size.height, width: 2 * size.width),
                kernelExtent: 1,
                seed: UInt64(index)
            )
            let expected = try test.pooling(.reference)
            let result = try test.pooling(.kernel(isa))
            #expect(result.values == expected.values, "\(test)")
            #expect(result.marginsAreZero, "\(test)")
        }
    }

    @Test(arguments: availableISAs, sizes)
    func upConvolution(isa: CKernelsISA, size: FrameSize) throws {
        let layouts: [(CKernelsLayout, CKernelsLayout, Int, Int)] = [
            (.planar, .planar, 4, 2), (.planar, .planar, 6, 3), (.planar, .planar, 16, 8), (.planar, .planar, 22, 11),
            (.blocked, .planar, 32, 16), (.blocked, .planar, 48, 24), (.blocked, .blocked, 160, 80),
            (.narrow, .narrow, 16, 8), (.narrow, .narrow, 40, 20), (.blocked, .narrow, 32, 16),
            (.blocked, .narrow, 40, 20),
        ]
        for (index, (from, to, sources, destinations)) in layouts.enumerated() where isa.has(from) && isa.has(to) {
            let test = KernelCase(
                layout: from,
                destinationLayout: to,
                sourceChannels: [sources],
                channels: destinations,
                frames: 1 + index % 3,
                size: size,
                kernelExtent: 2,
                seed: UInt64(index)
            )
            let expected = try test.upConvolution(.reference, skippingLast: index % 2 == 0)
            let result = try test.upConvolution(.kernel(isa), skippingLast: index % 2 == 0)
            #expect(largestDifference(result.values, expected.values) < 3e-6, "\(test)")
            #expect(result.marginsAreZero, "\(test)")
        }
    }

    @Test(arguments: availableISAs, sizes)
    func softmax(isa: CKernelsISA, size: FrameSize) throws {
        let cases = [1, 2, 8, 9].flatMap { [(CKernelsLayout.planar, $0), (.narrow, $0)] }
        for (layout, channels) in cases where isa.has(layout) {
            var test = KernelCase(
                layout: layout,
                sourceChannels: [channels],
                channels: 4,
                frames: 2,
                size: size,
                kernelExtent: 1,
                seed: UInt64(channels)
            )
            test.bias = test.bias.map { $0 * 40 }
            let part = FrameSize(height: (size.height + 1) / 2, width: (2 * size.width + 2) / 3)
            let (top, left) = (size.height - part.height, (size.width - part.width) / 2)
            let expected = try test.softmax(.reference, top: top, left: left, part: part)
            let result = try test.softmax(.kernel(isa), top: top, left: left, part: part)
            #expect(largestDifference(result, expected) < 2e-6, "\(test)")
        }
    }
}

@Suite("Multiply-adds that only measure the processor")
struct MultiplyAddTests {
    @Test(arguments: availableISAs)
    func doWhatTheySay(isa: CKernelsISA) throws {
        #expect(ckernels_multiply_adds(isa, 1, 0.5) == 1)
        #expect(abs(ckernels_multiply_adds(isa, 3, 0.75) - 3) < 1e-5)
        let lanes: Int64 = [CKernelsISA.portable: 4, .avx2: 8, .avx512: 16][isa] ?? 0
        let operations = ckernels_multiply_add_operations(isa, 5)
        #expect(operations > 0 && operations.isMultiple(of: 5 * 2 * lanes))
        let pool = try #require(ckernels_pool_create(2))
        defer { ckernels_pool_destroy(pool) }
        #expect(ckernels_multiply_add(pool, isa, 7, 5) == 7 * operations)
    }
}

@Suite("The plain reference against PyTorch")
struct ReferenceKernelTests {
    private static let file = Result {
        try SafetensorsFile(contentsOf: PackagePaths.fixtures.appending(path: "kernels/kernels.safetensors"))
    }

    /// A stored layer; the channels of its source are divided among several sources.
    private func stored(
        _ name: String,
        layout: CKernelsLayout,
        destinationLayout: CKernelsLayout? = nil,
        split: [Int]
    ) throws -> (test: KernelCase, result: [Float]) {
        let file = try Self.file.get()
        let shape = try #require(file.tensor(named: "\(name).source")).shape
        let source = try file.values(of: "\(name).source")
        let size = FrameSize(height: shape[2], width: shape[3])
        var test = KernelCase(
            layout: layout,
            destinationLayout: destinationLayout,
            sourceChannels: split,
            channels: shape[0],
            frames: shape[1],
            size: size,
            kernelExtent: 1,
            seed: 0
        )
        if file.tensor(named: "\(name).weights") != nil {
            test.weights = try file.values(of: "\(name).weights")
            test.bias = try file.values(of: "\(name).bias")
            test.channels = test.bias.count
        }
        var start = 0
        test.sources = split.map { channels in
            let count = channels * shape[1] * size.pixelCount
            defer { start += count }
            return Array(source[start..<start + count])
        }
        return (test, try file.values(of: "\(name).result"))
    }

    @Test func convolution() throws {
        let cases: [(String, CKernelsLayout, [Int])] = [
            ("convolution_small", .planar, [3, 2]), ("convolution_wide", .planar, [8]),
            ("convolution_deep", .blocked, [16, 16]), ("convolution_deep", .planar, [32]),
            ("convolution_wide", .narrow, [8]), ("convolution_deep", .narrow, [16, 16]),
        ]
        for (name, layout, split) in cases {
            let (test, result) = try stored(name, layout: layout, split: split)
            #expect(largestDifference(try test.convolution(.reference).values, result) < 1e-6, "\(name)")
        }
    }

    @Test func pooling() throws {
        for layout in [CKernelsLayout.planar, .blocked, .narrow] {
            let (test, result) = try stored("pooling", layout: layout, split: [16])
            #expect(try test.pooling(.reference).values == result)
        }
    }

    @Test func upConvolution() throws {
        let (small, smallResult) = try stored("upconvolution", layout: .planar, split: [6])
        #expect(largestDifference(try small.upConvolution(.reference).values, smallResult) < 1e-6)
        let (deep, deepResult) = try stored("upconvolution_deep", layout: .blocked, split: [32])
        #expect(largestDifference(try deep.upConvolution(.reference).values, deepResult) < 1e-6)
    }

    @Test func softmax() throws {
        for layout in [CKernelsLayout.planar, .narrow] {
            let (test, result) = try stored("softmax", layout: layout, split: [8])
            #expect(largestDifference(try test.softmax(.reference), result) < 1e-6)
        }
    }
}
