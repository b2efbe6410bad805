package import CKernels
import Imaging
package import UNet

/// What the detector is told before the first frame.
package struct DetectorSettings: Sendable, Equatable {
    /// Frames that the network sees at once.
    package var window = 256
    /// Frames from one window to the next.
    package var stride = 32
    /// Frames that the network sees for each of the camera's: several where that is slow, those between interpolated.
    ///
    /// Divides window and stride. Everything beside the network goes by the frames of the camera.
    package var networkFramesPerFrame = 1
    package var threshold: ThresholdPolicy
    /// Counts that mean no light; nil: the minimum of the first window.
    package var darkLevelCounts: Float?
    /// Events that grow beyond are closed and flagged as truncated.
    package var instanceLimits = InstanceLimits()
    /// Whether batches carry the network's probabilities.
    package var keepsProbabilities = false
    /// Which events are announced before they are final.
    package var provisional = ProvisionalPolicy.off
    /// Frames from one look at the model's side output to the next.
    package var earlyInterval = 16
    /// Frames at the end of a window that the network saw too little of to announce events in them.
    package var untrustedFrames = 6
    /// Whether movement of the cell is undone before the network sees it.
    package var stabilisation = StabilisationPolicy.off
    /// The cells; nil: they are found in the first frames.
    package var drawnCells: DrawnCells?
    /// Memory that a detector may take, in bytes; nil for any amount.
    package var memoryLimitBytes: Int?
    /// That compute, the caller's included; without meaning where ``workers`` are given.
    package var threads: Int
    /// Threads that several detectors share; nil for threads of its own.
    package var workers: WorkerPool?
    /// Of the network's convolutions.
    package var algorithm = ConvolutionAlgorithm.auto
    /// Of the network's kernels; nil for the best one of the processor that the environment allows.
    package var isa: CKernelsISA?

    package init(threshold: ThresholdPolicy, threads: Int) {
        self.threshold = threshold
        self.threads = threads
    }

    /// ``window`` in frames of the camera.
    package var recordedWindow: Int { window / networkFramesPerFrame }
    /// ``stride`` in frames of the camera.
    package var recordedStride: Int { stride / networkFramesPerFrame }
    /// ``untrustedFrames`` in frames of the camera.
    var recordedUntrustedFrames: Int { (untrustedFrames + networkFramesPerFrame - 1) / networkFramesPerFrame }
}

extension DetectorSettings {
    /// The network of a model as these settings want it, for frames of one size.
    ///
    /// - Throws: ``UNetError`` if it cannot be built for this frame size and window, or threads are not to be had.
    func network(of model: Model, frameSize: FrameSize) throws(UNetError) -> SlidingUNet {
        let workers = if let workers { workers } else { try WorkerPool(threads: threads) }
        return try SlidingUNet(
            model: model,
            frameSize: frameSize,
            window: window,
            workers: workers,
            algorithm: algorithm,
            isa: isa,
            side: sideOutput(of: model)?.place
        )
    }

    /// What tells events early; nil if the model has nothing that tells classes that are wanted.
    package func sideOutput(of model: Model) -> SideOutput? {
        guard let output = model.sideOutput, output.place.cellFrameCount.isMultiple(of: networkFramesPerFrame) else {
            return nil
        }
        let units = output.units.filter { unit in
            EventClass(unit.networkClass).map(provisional.classes.intersection(provisional.earlyClasses).contains)
                ?? false
        }
        return units.isEmpty ? nil : SideOutput(place: output.place, units: units, training: output.training)
    }
}
