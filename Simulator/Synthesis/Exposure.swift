import Imaging

/// Finds the number of photons that gives a recording a wanted SNR90.
struct Exposure {
    /// Noise-free light of sampled voxels in units of bright F0.
    private var eventLight: [Double] = []
    private var cellLight: [Double] = []
    private let gainSpread: Double

    init(schedule: EventSchedule, cell: Cell, resting: RestingFluorescence, style: RecordingStyle) {
        gainSpread = style.camera.gainSpread
        var patch = [Float](repeating: 0, count: style.size.pixelCount)
        for release in schedule.releases where release.visibility == .clear {
            let extent = release.source.extent
            let stride = max(1, extent.frames.count / 12)
            for frame in Swift.stride(from: extent.frames.lowerBound, to: extent.frames.upperBound, by: stride) {
                release.source.render(frame: frame, into: &patch)
                let threshold = max(style.annotation.threshold, 0.25 * release.truth.amplitudeDff0)
                var position = 0
                for row in extent.rows {
                    for column in extent.columns {
                        let change = Double(patch[position])
                        position += 1
                        // One voxel of a wave in eight keeps the sample small.
                        guard change > threshold, extent.pixelCount < 5000 || position % 8 == 0 else { continue }
                        let pixel = row * style.size.width + column
                        let weight = Double(release.eventClass == .wave ? 8 : 1)
                        let light =
                            Double(resting.cell.values[pixel]) * (1 + change)
                            + Double(resting.surroundings.values[pixel])
                        for _ in 0..<Int(weight) { eventLight.append(light) }
                    }
                }
            }
        }
        cellLight = cell.interior.map { Double(resting.cell.values[$0] + resting.surroundings.values[$0]) }
    }

    /// Bisects the photons between 1.5 and 200; nil if the recording has no events.
    func photons(forSignalToNoise target: Double) -> Double? {
        guard eventLight.count > 50 else { return nil }
        var low = 1.5
        var high = 200.0
        for _ in 0..<24 {
            let middle = (low * high).squareRoot()
            if signalToNoise(photons: middle) < target { low = middle } else { high = middle }
        }
        return (low * high).squareRoot()
    }

    private func signalToNoise(photons: Double) -> Double {
        let excess = 1 + gainSpread * gainSpread
        let mean = cellLight.reduce(0, +) / Double(cellLight.count)
        let texture = cellLight.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cellLight.count)
        let deviation = (texture + excess * mean / photons).squareRoot()
        var random = SeededRandom(seed: 1)
        let noisy = eventLight.map { $0 + (excess * $0 / photons).squareRoot() * random.normal() }.sorted()
        return (noisy[noisy.count * 9 / 10] - mean) / deviation
    }
}
