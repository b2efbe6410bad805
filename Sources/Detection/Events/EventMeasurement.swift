package import Imaging

/// Measures closed instances: what, where, when, how large.
///
/// Most parameters are measured in the light of the frames around the instance, free of its mask's edge
/// (``LocalMeasurement``, ``WaveMeasurement``). The raw peak and the peak frame come from the mask alone:
///
/// **Sparks and puffs**: maximum over time of the profile (sum F - sum F0) / (sum F0 - n blank) over the
/// mask voxels within the smallest odd square of at least 1 µm around the centroid (or around the covered pixel next
/// to it, where an instance curves around its centroid). The peak frame is the frame of that maximum.
///
/// **Waves**: a front passes through, so no one place shows the wave at its height all the time, and a
/// mean over the whole mask would sink as the front widens. The box is tiled with the same squares, each tile gives the
/// maximum of its own profile, and the amplitude is the median over the tiles: the rise that a typical place sees when
/// the wave comes by. Tiles that the wave covers by less than half of the fullest tile are left out. The peak frame is
/// the frame in which the signal of the whole mask, sum F - sum F0, is largest.
package struct EventMeasurement: Sendable {
    package let size: FrameSize
    package let calibration: Calibration
    /// Counts that 1 on the normalised scale stands for.
    let countsPerUnit: Double
    /// Side of the square that amplitudes are measured in, in pixels; odd.
    package let squareSide: Int

    /// Edge of the measuring square, in µm.
    private static let minimumSquareMicrometres = 1.0

    /// - Precondition: the pixel size is positive.
    package init(size: FrameSize, calibration: Calibration, darkLevelCounts: Float = 0) {
        precondition(calibration.pixelSizeMicrometres > 0, "the pixel size is positive")
        self.size = size
        self.calibration = calibration
        countsPerUnit = Double(PixelScaling.range(aboveDarkLevel: darkLevelCounts))
        // Pixel sizes are often written with few digits: 0.19999 µm still means five pixels.
        let pixels = Self.minimumSquareMicrometres / calibration.pixelSizeMicrometres * (1 - 1e-3)
        let side = Int(saturating: min(pixels.rounded(.up), Double(max(size.height, size.width))))
        squareSide = side.isMultiple(of: 2) ? side + 1 : side
    }

    /// Measures one instance.
    ///
    /// - Parameters:
    ///   - instance: A closed instance; its voxels lie within frames of ``size``.
    ///   - number: The number that the event gets.
    ///   - segment: The segment that the frames of the instance are counted in.
    ///   - surroundings: The frames around the instance; nil: only what the mask shows is measured.
    /// - Returns: The event with acquisition indices; parameters that the data cannot give are nil, with the reason.
    /// - Complexity: O(voxels + box + tiles × frames)
    package func measure(
        _ instance: Instance,
        number: Int,
        in segment: RecordedSegment,
        surroundings: SurroundingFrames? = nil
    ) -> CalciumEvent {
        let extent = InstanceExtent(instance)
        let cell = surroundings?.cells?.cell(holding: instance)
        let surroundings = surroundings?.around(cell)
        var (values, trace): (ParameterValues, EventTrace?) = (ParameterValues(), nil)
        let isCut = segment.hasDarkFrame(
            touching: segment.origin + extent.frames.lowerBound...segment.origin + extent.frames.upperBound
        )
        if isCut {
            values.setOthers(.notOfThisClass) { instance.eventClass != .wave && $0.isOfWaves }
            values.setOthers(.darkFrames) { $0 != .delay }
        } else if let surroundings {
            (values, trace) = parameters(of: instance, extent: extent, in: segment, surroundings: surroundings)
        }
        let blank = surroundings?.blank ?? .unknown
        let signal =
            instance.eventClass == .wave
            ? waveSignal(of: instance, extent: extent, blank: blank)
            : localSignal(of: instance, extent: extent, blank: blank)
        switch signal.amplitude {
        case _ where isCut: break
        case .success(let peak): values.set(.rawPeak, peak, otherwise: .noBaseline)
        case .failure(let failure): values.set(.rawPeak, nil, otherwise: failure.reason)
        }
        values.set(.delay, nil, otherwise: .noEarlierEvent)
        var flags = flags(of: instance, extent: extent, in: segment)
        if surroundings?.blank.isSeen == false { flags.insert(.blankUnknown) }
        if values.isAmplitudeUncertain { flags.insert(.amplitudeUncertain) }
        let startFrame = segment.origin + extent.frames.lowerBound
        let endFrame = segment.origin + extent.frames.upperBound
        let confidence = instance.voxels.reduce(0.0) { $0 + Double($1.confidence) } / Double(instance.voxels.count)
        return CalciumEvent(
            number: number,
            eventClass: instance.eventClass,
            startFrame: startFrame,
            peakFrame: segment.origin + signal.peakFrame,
            endFrame: endFrame,
            rows: extent.rows,
            columns: extent.columns,
            centroidRow: extent.centroid.row,
            centroidColumn: extent.centroid.column,
            voxelCount: instance.voxels.count,
            footprintPixelCount: extent.footprintPixelCount,
            parameters: values.values,
            classConfidence: confidence,
            missingFrameCount: (startFrame...endFrame).count { segment.heldFrames.contains($0) },
            flags: flags,
            unavailable: values.reasons,
            trace: trace,
            cell: cell?.number,
            blankOrigin: surroundings?.blank.origin
        )
    }

    private struct Signal {
        var peakFrame: Int
        var amplitude: Result<Double, RegionProfiles.Unavailable>
    }

    /// The profile in the square around the centroid.
    private func localSignal(of instance: Instance, extent: InstanceExtent, blank: BlankLevel) -> Signal {
        let centre = extent.coveredPixelNextToCentroid
        let reach = squareSide / 2
        var profiles = RegionProfiles(regionCount: 1, frames: extent.frames)
        for voxel in instance.voxels
        where abs(Int(voxel.y) - centre.y) <= reach && abs(Int(voxel.x) - centre.x) <= reach {
            profiles.add(voxel, toRegion: 0)
        }
        switch profiles.peak(ofRegion: 0, blank: blank) {
        case .success(let peak):
            return Signal(peakFrame: peak.frame, amplitude: .success(peak.deltaFOverF0))
        case .failure(let unavailable):
            let brightest = profiles.frame(ofLargest: { $0.intensity / Double($0.voxelCount) }, inRegion: 0)
            return Signal(peakFrame: brightest, amplitude: .failure(unavailable))
        }
    }

    /// The median over tiles of the largest value of each tile's profile.
    private func waveSignal(of instance: Instance, extent: InstanceExtent, blank: BlankLevel) -> Signal {
        let grid = TileGrid(rows: extent.rows, columns: extent.columns, side: squareSide)
        var tiles = RegionProfiles(regionCount: grid.count, frames: extent.frames)
        var whole = RegionProfiles(regionCount: 1, frames: extent.frames)
        for voxel in instance.voxels {
            tiles.add(voxel, toRegion: grid.tile(row: Int(voxel.y), column: Int(voxel.x)))
            whole.add(voxel, toRegion: 0)
        }
        let counts = (0..<tiles.regionCount).map(tiles.fullestCount(ofRegion:))
        let fullest = counts.max() ?? 0
        guard fullest > 0 else {
            let brightest = whole.frame(ofLargest: \.intensity, inRegion: 0)
            return Signal(peakFrame: brightest, amplitude: .failure(.init(reason: .noBaseline)))
        }
        let peaks = counts.indices.filter { 2 * counts[$0] >= fullest }
            .compactMap { try? tiles.peak(ofRegion: $0, blank: blank).get().deltaFOverF0 }
        let largest = whole.frame(ofLargest: \.increase, inRegion: 0)
        guard let amplitude = peaks.median else {
            return Signal(peakFrame: largest, amplitude: .failure(.init(reason: .baselineAtDarkLevel)))
        }
        return Signal(peakFrame: largest, amplitude: .success(amplitude))
    }

    private func flags(
        of instance: Instance,
        extent: InstanceExtent,
        in segment: RecordedSegment
    ) -> Set<EventFlag> {
        var flags: Set<EventFlag> = []
        if extent.frames.lowerBound == 0 { flags.insert(.startsBeforeRecording) }
        if let frameCount = segment.frameCount, extent.frames.upperBound >= frameCount - 1 {
            flags.insert(.endsAfterRecording)
        }
        if extent.rows.lowerBound == 0 || extent.rows.upperBound == size.height
            || extent.columns.lowerBound == 0 || extent.columns.upperBound == size.width
        {
            flags.insert(.touchesFrameBorder)
        }
        if instance.isTruncated { flags.insert(.truncated) }
        let frames = segment.origin + extent.frames.lowerBound...segment.origin + extent.frames.upperBound
        if segment.hasDarkFrame(touching: frames) { flags.insert(.touchesDarkFrames) }
        return flags
    }
}
