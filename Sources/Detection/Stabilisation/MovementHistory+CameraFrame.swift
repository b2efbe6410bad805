package import Imaging

/// Brings what was found in frames without movement back to where the camera saw it.
///
/// Masks and voxels move by whole pixels, frame by frame; what leaves the frame is left out.
extension MovementHistory {
    /// Planes of consecutive frames, `[t][y][x]`; 0 comes from beyond the border.
    package func inCameraFrame<Value: Numeric>(_ planes: [Value], from first: Int, size: FrameSize) -> [Value] {
        let frames = first..<first + planes.count / size.pixelCount
        guard frames.contains(where: { self[$0].isUndone }) else { return planes }
        var moved = [Value](repeating: 0, count: planes.count)
        for frame in frames {
            let (rows, columns) = (self[frame].rows, self[frame].columns)
            let start = (frame - first) * size.pixelCount
            for y in max(0, -rows)..<max(max(0, -rows), min(size.height, size.height - rows)) {
                for x in max(0, -columns)..<max(max(0, -columns), min(size.width, size.width - columns)) {
                    moved[start + (y + rows) * size.width + x + columns] = planes[start + y * size.width + x]
                }
            }
        }
        return moved
    }

    /// Probabilities of consecutive frames.
    func inCameraFrame(_ probabilities: ClassProbabilities, from first: Int, size: FrameSize) -> ClassProbabilities {
        ClassProbabilities(
            spark: inCameraFrame(probabilities.spark, from: first, size: size),
            wave: inCameraFrame(probabilities.wave, from: first, size: size),
            puff: inCameraFrame(probabilities.puff, from: first, size: size)
        )
    }

    /// The instance where the camera saw it; as it was if nothing of it would be left.
    package func inCameraFrame(_ instance: Instance, size: FrameSize) -> Instance {
        let frames = Int(instance.voxels[0].frame)...Int(instance.voxels[instance.voxels.count - 1].frame)
        guard frames.contains(where: { self[$0].isUndone }) else { return instance }
        let voxels = instance.voxels.compactMap { voxel -> Voxel? in
            guard let (y, x) = place(y: Int(voxel.y), x: Int(voxel.x), frame: Int(voxel.frame), size) else {
                return nil
            }
            var moved = voxel
            (moved.y, moved.x) = (UInt16(y), UInt16(x))
            return moved
        }
        guard !voxels.isEmpty else { return instance }
        return Instance(
            eventClass: instance.eventClass,
            voxels: voxels,
            peaks: instance.peaks.compactMap { peak in
                place(y: peak.y, x: peak.x, frame: peak.frame, size).map {
                    VoxelPosition(frame: peak.frame, y: $0.y, x: $0.x)
                }
            },
            isTruncated: instance.isTruncated
        )
    }

    private func place(y: Int, x: Int, frame: Int, _ size: FrameSize) -> (y: Int, x: Int)? {
        let place = (y: y + self[frame].rows, x: x + self[frame].columns)
        let isInside = (0..<size.height).contains(place.y) && (0..<size.width).contains(place.x)
        return isInside ? place : nil
    }

    /// The event where the camera saw it: box, centre and origin; flagged if movement may have made it.
    ///
    /// `event` is as measured without movement, `instance` the same in the camera's frame, `segmentOrigin` the acquisition
    /// index of the first frame.
    func inCameraFrame(
        _ event: CalciumEvent,
        _ instance: Instance,
        segmentOrigin: Int,
        size: FrameSize,
        calibration: Calibration
    ) -> CalciumEvent {
        var event = event
        let frames = event.startFrame - segmentOrigin...event.endFrame - segmentOrigin
        if isUnsteady(around: frames) { event.flags.insert(.motion) }
        guard frames.contains(where: { self[$0].isUndone }) else { return event }
        let extent = InstanceExtent(instance)
        (event.rows, event.columns) = (extent.rows, extent.columns)
        if extent.rows.lowerBound == 0 || extent.rows.upperBound == size.height || extent.columns.lowerBound == 0
            || extent.columns.upperBound == size.width
        {
            event.flags.insert(.touchesFrameBorder)
        }
        let mean = meanShift(of: instance.voxels.lazy.map { Int($0.frame) })
        event.centroidRow += mean.y
        event.centroidColumn += mean.x
        let onset = self[event.startFrame - segmentOrigin]
        event.parameters[.waveOriginX]? += Double(onset.undoneX) * calibration.pixelSizeMicrometres
        event.parameters[.waveOriginY]? += Double(onset.undoneY) * calibration.pixelSizeMicrometres
        return event
    }

    /// A provisional event where the camera saw it, as far as its frames go.
    package func inCameraFrame(_ event: ProvisionalEvent, segmentOrigin: Int, size: FrameSize) -> ProvisionalEvent {
        var event = event
        let frames = event.startFrame - segmentOrigin...event.endFrame - segmentOrigin
        if isUnsteady(around: frames) { event.flags.insert(.motion) }
        let mean = meanShift(of: frames)
        guard mean != (0, 0) else { return event }
        func moved(_ range: Range<Int>, _ shift: Double, _ count: Int) -> Range<Int> {
            let lower = min(max(0, range.lowerBound + Int(shift.rounded())), count - 1)
            return lower..<min(max(lower + 1, range.upperBound + Int(shift.rounded())), count)
        }
        event.rows = moved(event.rows, mean.y, size.height)
        event.columns = moved(event.columns, mean.x, size.width)
        event.centroidRow += mean.y
        event.centroidColumn += mean.x
        return event
    }

    /// Frames beside an event from which the network takes what it makes of the event.
    private static let contextFrameCount = 8

    private func isUnsteady(around frames: ClosedRange<Int>) -> Bool {
        (frames.lowerBound - Self.contextFrameCount...frames.upperBound + Self.contextFrameCount)
            .contains { self[$0].isUnsteady }
    }

    private func meanShift(of frames: some Sequence<Int>) -> (y: Double, x: Double) {
        var (y, x, count) = (0.0, 0.0, 0.0)
        for frame in frames {
            y += Double(self[frame].undoneY)
            x += Double(self[frame].undoneX)
            count += 1
        }
        return (y / max(count, 1), x / max(count, 1))
    }
}
