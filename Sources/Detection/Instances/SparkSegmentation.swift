import Imaging

/// The sparks of a whole movie before the size filter (`quirks.md`, Sparks, 1 to 4).
struct SparkSegmentation {
    /// Number of the spark per voxel, 0 outside: first those with a peak, then those without.
    private(set) var labels: [Int32]
    private(set) var count = 0
    /// Intensity peaks in raster order, then one for each spark that had none of its own.
    private(set) var peaks: [VoxelPosition] = []

    private let classes: [UInt8]
    private let shape: VolumeShape

    init(classes: [UInt8], movie: [Float], shape: VolumeShape) {
        self.classes = classes
        self.shape = shape
        labels = [Int32](repeating: 0, count: classes.count)
        let sparkVoxels = classes.indices.filter { classes[$0] == EventClass.spark.rawValue }
        if sparkVoxels.isEmpty { return }
        var holdsSparks = [Bool](repeating: false, count: shape.frameCount)
        for index in sparkVoxels { holdsSparks[index / shape.pixelCount] = true }

        let peakMask = findPeaks(movie: movie, sparkVoxels: sparkVoxels, wantedFrames: holdsSparks)
        let markers = ConnectedComponents(of: peakMask, equalTo: 1, shape: shape)
        peaks = sparkVoxels.filter { peakMask[$0] != 0 }.map(shape.position)
        let smoothed = GaussianFilter(shape: shape).smoothed(movie, wantedFrames: holdsSparks)
        flood(sparkVoxels: sparkVoxels, markers: markers, smoothed: smoothed)
        addPeaklessSparks(sparkVoxels: sparkVoxels, smoothed: smoothed)
    }

    /// Marks voxels where the smoothed sparks are largest within the footprint.
    private func findPeaks(movie: [Float], sparkVoxels: [Int], wantedFrames: [Bool]) -> [UInt8] {
        var masked = [Double](repeating: 0, count: movie.count)
        for index in sparkVoxels { masked[index] = Double(movie[index]) }
        let unmasked = GaussianFilter(shape: shape).smoothed(masked, wantedFrames: wantedFrames)
        for index in masked.indices { masked[index] = 0 }
        for index in sparkVoxels { masked[index] = unmasked[index] }

        var peakMask = [UInt8](repeating: 0, count: movie.count)
        let footprint = PeakFootprint(height: shape.height, width: shape.width)
        masked.withUnsafeBufferPointer { smoothed in
            guard let first = smoothed.baseAddress else { return }
            for index in sparkVoxels where smoothed[index] > 0 {
                let position = shape.position(index)
                let frames = max(0, position.frame - 1)...min(position.frame + 1, shape.frameCount - 1)
                let planes = frames.map { first + $0 * shape.pixelCount }
                if footprint.isMaximum(smoothed[index], y: position.y, x: position.x, planes: planes) {
                    peakMask[index] = 1
                }
            }
        }
        return peakMask
    }

    private mutating func flood(sparkVoxels: [Int], markers: ConnectedComponents, smoothed: [Float]) {
        let positions = sparkVoxels.map { index in
            let position = shape.position(index)
            return VoxelPosition32(frame: Int32(position.frame), y: UInt16(position.y), x: UInt16(position.x))
        }
        let costs = sparkVoxels.map { -Double(smoothed[$0]) }
        var watershed = CompactWatershed(voxels: VoxelIndex(positions), costs: costs)
        let flooded = watershed.flood(from: sparkVoxels.map { markers.labels[$0] })
        for (voxel, index) in sparkVoxels.enumerated() { labels[index] = flooded[voxel] }
        count = markers.count
    }

    /// Lets sparks that no flood reached keep a label of their own.
    ///
    /// Their peak is the first largest value of the smoothed movie inside, if that is above zero.
    private mutating func addPeaklessSparks(sparkVoxels: [Int], smoothed: [Float]) {
        var rest = [UInt8](repeating: 0, count: classes.count)
        for index in sparkVoxels where labels[index] == 0 { rest[index] = 1 }
        let components = ConnectedComponents(of: rest, equalTo: 1, shape: shape)
        var peakIndices = [Int?](repeating: nil, count: components.count)
        for index in sparkVoxels where rest[index] != 0 {
            let component = Int(components.labels[index]) - 1
            labels[index] = Int32(count + component + 1)
            let highest = peakIndices[component].map { smoothed[$0] } ?? 0
            if smoothed[index] > highest { peakIndices[component] = index }
        }
        peaks += peakIndices.compactMap { $0.map(shape.position) }
        count += components.count
    }
}
