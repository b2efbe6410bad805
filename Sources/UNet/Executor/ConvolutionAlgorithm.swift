package import CKernels
package import Imaging

/// How the 3x3x3 convolutions of a network are computed.
package enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
    /// In every layer what is faster there; `gemm` on processors for which there are no vector kernels.
    case auto
    /// Tap by tap.
    case direct
    /// Winograd's F(4,3) within frames: fewer multiplications, results that differ by some rounding.
    case winograd
    /// As products of matrices that OpenBLAS computes.
    case gemm
    /// Like `auto`, but with factors rounded to bfloat16 in layers of few channels: faster on some processors that
    /// have instructions for it, less exact, refused by others.
    case bfloat16 = "bf16"

    /// Up to here Winograd's transforms cost more than rounded factors do.
    private static let mostBFloat16Channels = 8
    /// From here on fewer multiplications make up for the transforms.
    private static let fewestWinogradChannels = 4
    /// Of the cells that the tiles of a level cover, the part that must be cells of the frame for Winograd to pay.
    private static let smallestUsedPart = 0.6

    /// What is meant on a processor.
    package func resolved(hasVectorKernels: Bool) -> ConvolutionAlgorithm {
        self == .auto && !hasVectorKernels ? .gemm : self
    }

    /// The instructions that an algorithm needs beyond an instruction set's, if they are missing or not allowed here.
    package func missingInstructions(on isa: CKernelsISA = ckernels_isa()) -> String? {
        self == .bfloat16 && !ckernels_has_bfloat16(isa) ? "AVX512_BF16" : nil
    }

    /// Whether levels of few channels are narrow, if they fill blocks; most kernels of that layout are Winograd's.
    func usesNarrow(of isa: CKernelsISA) -> Bool { (self == .auto || self == .winograd) && ckernels_has_narrow(isa) }

    /// What computes a layer; `layout` is that of its result.
    package func kernels(
        layout: CKernelsLayout,
        size: FrameSize,
        sourceChannels: Int,
        destinationChannels: Int
    ) -> CKernelsAlgorithm {
        switch self {
        // Tap by tap from the movie.
        case _ where layout == .narrow: sourceChannels < narrowChannels ? .direct : .winograd
        case .bfloat16
        where layout == .planar && sourceChannels > 1 && destinationChannels <= Self.mostBFloat16Channels:
            .bfloat16
        case .direct: .direct
        case .winograd: .winograd
        case .gemm: .gemm
        case .auto, .bfloat16:
            sourceChannels >= Self.fewestWinogradChannels
                && Self.usedPart(layout: layout, size: size) >= Self.smallestUsedPart ? .winograd : .direct
        }
    }

    /// Cells of a frame per cell that its tiles cover.
    private static func usedPart(layout: CKernelsLayout, size: FrameSize) -> Double {
        let extent = Int(CKernelsWinogradTile)
        // Planar kernels work on vectors of neighbouring tiles.
        let columns = layout == .planar ? extent * planarTiles : extent
        func roundedUp(_ value: Int, _ multiple: Int) -> Int { (value + multiple - 1) / multiple * multiple }
        return Double(size.pixelCount) / Double(roundedUp(size.height, extent) * roundedUp(size.width, columns))
    }

    /// Tiles of the widest vector.
    private static let planarTiles = 16
}

extension CKernelsAlgorithm {
    /// As users read it.
    var name: String {
        switch self {
        case .direct: ConvolutionAlgorithm.direct.rawValue
        case .winograd: ConvolutionAlgorithm.winograd.rawValue
        case .gemm: ConvolutionAlgorithm.gemm.rawValue
        case .bfloat16: ConvolutionAlgorithm.bfloat16.rawValue
        }
    }
}
