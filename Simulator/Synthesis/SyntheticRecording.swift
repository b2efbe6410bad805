import Foundation
package import Imaging

/// A synthetic recording with its labels and ground truth: sample, light, camera, annotators.
package struct SyntheticRecording: Sendable {
    package let seed: UInt64
    package let style: RecordingStyle
    /// Counts, `[t][y][x]`.
    package let counts: [UInt16]
    package let labels: RecordingLabels
    /// Classes as the other annotators of the style drew them, `[t][y][x]` each.
    package let otherClasses: [[UInt8]]
    package let events: [SyntheticEvent]
    /// SNR90 of the counts: (90th percentile inside events - mean outside) / standard deviation outside, in the cell.
    package let signalToNoise: Double?
    /// Fraction of the frame that cells cover.
    package let cellCoverage: Double
    /// What was displaced, by how much; nil if the view stood still.
    package let movement: MovementTruth?

    /// Makes a recording; equal arguments give equal recordings.
    /// - Parameters:
    ///   - seed: Decides everything that is not given.
    ///   - size: Extent of a frame in pixels.
    ///   - frameCount: Length of the recording.
    ///   - calibration: Pixel size and frame interval.
    ///   - family: Kind of recordings from which the style is drawn.
    ///   - content: Events that the recording is to have.
    ///   - model: Style that the recording takes over in all but the cell and its texture; `content` does not change it.
    ///   - annotatorCount: How many annotators draw labels; those after the first give classes only.
    ///   - target: SNR90 to aim at, by the number of photons; nil leaves it to the style.
    ///   - movement: How the cell moves in view of the camera, instead of as its style says; its events stay the same.
    ///   - onFrame: Called after each frame with the number of frames made.
    package init(
        seed: UInt64,
        size: FrameSize,
        frameCount: Int,
        calibration: Calibration,
        family: StyleFamily = .usual,
        content: EventContent = .any,
        resembling model: RecordingStyle? = nil,
        annotatorCount: Int = 1,
        signalToNoise target: Double? = nil,
        movement: Movement? = nil,
        onFrame: (Int) -> Void = { _ in }
    ) {
        let random = SeededRandom(seed: seed)
        var styleRandom = random.stream(1)
        var style = RecordingStyle.sampled(
            size: size,
            frameCount: frameCount,
            calibration: calibration,
            family: family,
            content: content,
            random: &styleRandom
        )
        if let model { style.resemble(model) }
        style.addAnnotators(count: annotatorCount, random: random.stream(8))
        if movement != nil {
            style.standStill()
            style.movement = nil
        }
        let movement = movement ?? style.ownMovement(seed: seed)
        let pixelSize = calibration.pixelSizeMicrometres
        var cellRandom = random.stream(2)
        let cell = Cell(
            style: style.cell,
            rimMicrometres: style.rimMicrometres,
            pixelSizeMicrometres: pixelSize,
            size: size,
            random: &cellRandom
        )
        var restingRandom = random.stream(3)
        let resting = RestingFluorescence(
            style: style.resting,
            cell: cell,
            pixelSizeMicrometres: pixelSize,
            random: &restingRandom
        )
        let schedule = EventSchedule(style: style, cell: cell, random: random.stream(4))
        if let target {
            let exposure = Exposure(schedule: schedule, cell: cell, resting: resting, style: style)
            style.camera.expose(photons: exposure.photons(forSignalToNoise: target) ?? style.camera.photons)
        }

        var annotators = style.annotations.enumerated().map { index, annotation in
            Annotator(
                style: style,
                annotation: annotation,
                schedule: schedule,
                resting: resting,
                random: index == 0 ? random.stream(5) : random.stream(9).stream(UInt64(index))
            )
        }
        var light = LightField(style: style, cell: cell, resting: resting, random: random.stream(6))
        var camera = Camera(style: style.camera, sensor: style.sensor, size: size, random: random.stream(7))
        let view = movement.map { movement in
            MovingView(
                movement,
                size: size,
                frameCount: frameCount,
                frameIntervalMilliseconds: calibration.frameIntervalMilliseconds
            )
        }
        var counts: [UInt16] = []
        counts.reserveCapacity(frameCount * size.pixelCount)
        var release = [Float](repeating: 0, count: size.pixelCount)
        var patch = [Float](repeating: 0, count: size.pixelCount)
        for frame in 0..<frameCount {
            for index in release.indices { release[index] = 0 }
            let isDark = style.illumination?.isDark(frame: frame) ?? false
            for index in annotators.indices { annotators[index].beginFrame() }
            for (index, scheduled) in schedule.releases.enumerated() {
                let extent = scheduled.source.extent
                guard extent.frames.contains(frame) else { continue }
                scheduled.source.render(frame: frame, into: &patch)
                var position = 0
                for row in extent.rows {
                    for pixel in row * size.width + extent.columns.lowerBound..<row * size.width
                        + extent.columns.upperBound
                    {
                        release[pixel] += patch[position]
                        position += 1
                    }
                }
                guard !isDark else { continue }
                for position in annotators.indices {
                    annotators[position].mark(release: index, frame: frame, patch: patch)
                }
            }
            let still = light.expectedPhotons(frame: frame, release: release)
            var photons = view?.view(of: still, frame: frame) ?? still
            style.illumination?.apply(
                to: &photons,
                frame: frame,
                width: size.width,
                frameIntervalMilliseconds: calibration.frameIntervalMilliseconds
            )
            counts.append(contentsOf: camera.expose(frame: frame, expectedPhotons: photons))
            onFrame(frame + 1)
        }
        var (labels, outcomes) = annotators[0].finish()
        if let view { labels.move(with: view, size: size, outcomes: &outcomes) }
        otherClasses = annotators.indices.dropFirst().map { index in
            var (labels, outcomes) = annotators[index].finish()
            if let view { labels.move(with: view, size: size, outcomes: &outcomes) }
            return labels.classes
        }
        self.movement = movement.flatMap { movement in
            view.map { MovementTruth(movement, seen: $0, frameCount: frameCount) }
        }

        self.seed = seed
        self.style = style
        self.counts = counts
        self.labels = labels
        let dilution = Dilution(
            resting: resting,
            blankFraction: style.resting.blankFraction,
            side: Int((1 / pixelSize).rounded(.up))
        )
        events = SyntheticEvent.list(releases: schedule.releases, outcomes: outcomes, dilution: dilution)
        cellCoverage = Double(cell.interior.count) / Double(size.pixelCount)
        self.signalToNoise = RecordingQuality.signalToNoise(
            counts: counts,
            classes: labels.classes,
            cellPixels: cell.interior,
            size: size
        )
    }
}
