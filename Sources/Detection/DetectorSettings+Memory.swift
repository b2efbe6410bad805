import Imaging
import UNet

/// What a detector holds beside the network.
extension DetectorSettings {
    /// Frames of the network that are decided at a time, at most.
    static let decidedFrameCount = 8

    /// Frames whose labels are held for measuring an event once it is over: 2.4 s at 147 frame/s.
    private static let labelHistoryFrameCount = 352

    /// Frames whose light is held behind the window.
    ///
    /// About half a window waits for its labels, so both histories reach as far back.
    private var historyFrameCount: Int { max(0, Self.labelHistoryFrameCount - recordedWindow / 2) }

    /// Parts of a range of about the same length: what is decided at a time takes little memory.
    func slabs(of frames: Range<Int>) -> [Range<Int>] {
        let most = max(1, Self.decidedFrameCount / networkFramesPerFrame)
        let count = (frames.count + most - 1) / most
        return (0..<count).map { index in
            frames.lowerBound + frames.count * index / count..<frames.lowerBound + frames.count * (index + 1) / count
        }
    }

    /// Memory of a detector with this network, about, in bytes; open events and the weights come on top.
    func byteCount(with network: SlidingUNet) -> Int {
        network.frameByteCount + network.frameSize.pixelCount * heldBytesPerPixel
    }

    /// Memory per pixel of a frame, in bytes: the window and the frames behind it with their labels, the baseline, and
    /// what is decided at a time.
    private var heldBytesPerPixel: Int {
        let heldValues = recordedWindow + historyFrameCount + RestingBaseline.valuesPerPixel
        let historyByteCount = LabelHistory.bytesPerPixel(capacity: Self.labelHistoryFrameCount)
        // At most: probabilities of four classes, three of them copied, intensity, F0 and confidence; the class is a byte.
        let bytesPerDecidedVoxel = (4 + 3 + 3) * MemoryLayout<Float>.stride + 1
        let heldAtFirst = stabilisation == .off ? 0 : FrameStabiliser.valuesPerPixel
        // The classes of a window are a byte per voxel.
        // The picture that frames without light are told by, and the pixels without data.
        let lightByteCount = MemoryLayout<Float>.stride + 2
        return (heldValues + heldAtFirst) * MemoryLayout<Float>.stride + historyByteCount + window + lightByteCount
            + Self.decidedFrameCount * bytesPerDecidedVoxel
    }

    func emptyWindows(of size: FrameSize) -> WindowAssembler {
        WindowAssembler(
            size: size,
            window: recordedWindow,
            stride: recordedStride,
            maximumStride: 2 * recordedStride,
            historyFrameCount: historyFrameCount,
            darkLevelCounts: darkLevelCounts
        )
    }

    func emptyTrackers(of size: FrameSize, early: EarlyTier?, lastNumber: Int) -> ProvisionalTrackers {
        let earlyClasses = early?.classes ?? []
        return ProvisionalTrackers(
            early: ProvisionalTracker(
                size: size,
                classes: earlyClasses,
                limits: instanceLimits,
                smallestPixelCounts: early?.smallestPixelCounts ?? [:],
                resolution: early?.resolution ?? FrontResolution()
            ),
            earlyClasses: earlyClasses,
            fine: ProvisionalTracker(
                size: size,
                classes: provisional.classes.subtracting(earlyClasses),
                limits: instanceLimits
            ),
            lastNumber: lastNumber
        )
    }

    /// Reaches as far back as an open event may.
    var emptyMovements: MovementHistory {
        MovementHistory(capacity: instanceLimits.frameCount + 2 * window)
    }

    func emptyHistory(of size: FrameSize) -> LabelHistory {
        LabelHistory(size: size, capacity: Self.labelHistoryFrameCount, cellLabels: drawnCells?.labels)
    }
}
