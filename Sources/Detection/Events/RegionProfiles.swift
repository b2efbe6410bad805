import Imaging

/// F and F0 of several regions of an instance, summed over the mask voxels of every frame.
///
/// The profile of a region is the ratio of sums (sum F - sum F0) / (sum F0 - n blank):
/// unlike a mean of ratios it is not ruled by the dimmest pixel.
struct RegionProfiles {
    /// What the mask voxels of one region in one frame add up to.
    struct Sum {
        var voxelCount = 0
        var intensity = 0.0
        /// Of those voxels that have a baseline.
        var measuredCount = 0
        var measuredIntensity = 0.0
        var measuredBaseline = 0.0

        mutating func add(_ voxel: Voxel) {
            voxelCount += 1
            intensity += Double(voxel.intensity)
            guard voxel.baseline.isFinite else { return }
            measuredCount += 1
            measuredIntensity += Double(voxel.intensity)
            measuredBaseline += Double(voxel.baseline)
        }

        var increase: Double { measuredIntensity - measuredBaseline }
    }

    /// The largest value of a region's profile.
    struct Peak: Equatable {
        var frame: Int
        var deltaFOverF0: Double
    }

    /// Frames of the instance, counted from the start of the segment.
    let frames: ClosedRange<Int>
    /// One sum per region and frame, `[region][frame]`.
    private var sums: [Sum]

    init(regionCount: Int, frames: ClosedRange<Int>) {
        self.frames = frames
        sums = [Sum](repeating: Sum(), count: regionCount * frames.count)
    }

    var regionCount: Int { sums.count / frames.count }

    mutating func add(_ voxel: Voxel, toRegion region: Int) {
        sums[region * frames.count + Int(voxel.frame) - frames.lowerBound].add(voxel)
    }

    /// The sums of one region, one per frame.
    func sums(ofRegion region: Int) -> ArraySlice<Sum> {
        sums[region * frames.count..<(region + 1) * frames.count]
    }

    /// Number of measured voxels in the fullest frame of a region.
    func fullestCount(ofRegion region: Int) -> Int {
        sums(ofRegion: region).reduce(0) { max($0, $1.measuredCount) }
    }

    /// The first maximum of a region's profile.
    ///
    /// Frames with fewer than half of the voxels of the fullest frame are left out: a mean over few pixels is mostly
    /// noise, and a maximum would pick just those.
    func peak(ofRegion region: Int, blank: BlankLevel) -> Result<Peak, Unavailable> {
        let fullest = fullestCount(ofRegion: region)
        guard fullest > 0 else { return .failure(Unavailable(reason: .noBaseline)) }
        var peak: Peak?
        for (frame, sum) in zip(frames, sums(ofRegion: region)) {
            let count = Double(sum.measuredCount)
            let resting = sum.measuredBaseline - count * Double(blank.light)
            guard 2 * sum.measuredCount >= fullest, resting > count * Double(blank.leastResting) else { continue }
            let value = sum.increase / resting
            guard value.isFinite, value > peak?.deltaFOverF0 ?? -.infinity else { continue }
            peak = Peak(frame: frame, deltaFOverF0: value)
        }
        guard let peak else { return .failure(Unavailable(reason: .baselineAtDarkLevel)) }
        return .success(peak)
    }

    /// The first frame in which a value of the region's sums is largest.
    func frame(ofLargest value: (Sum) -> Double, inRegion region: Int) -> Int {
        var best = (frame: frames.lowerBound, value: -Double.infinity)
        for (frame, sum) in zip(frames, sums(ofRegion: region)) where sum.voxelCount > 0 && value(sum) > best.value {
            best = (frame, value(sum))
        }
        return best.frame
    }

    struct Unavailable: Error {
        let reason: UnavailableReason
    }
}
