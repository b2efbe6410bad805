/// The Gaussian of a whole volume: one pass each along t, y and x, each rounded to the type of the volume.
struct GaussianFilter {
    let shape: VolumeShape

    /// Smooths a volume `[t][y][x]`.
    ///
    /// - Parameters:
    ///   - volume: the samples.
    ///   - wantedFrames: whether a frame of the result is needed; the others are left at zero.
    /// - Returns: the smoothed volume, of the same shape.
    func smoothed<Sample: GaussianSample & Sendable>(_ volume: [Sample], wantedFrames: [Bool]) -> [Sample] {
        precondition(volume.count == shape.voxelCount && wantedFrames.count == shape.frameCount)
        var result = [Sample](repeating: .zero, count: volume.count)
        var timePass = [Sample](repeating: .zero, count: shape.pixelCount)
        volume.withUnsafeBufferPointer { volume in
            result.withUnsafeMutableBufferPointer { result in
                timePass.withUnsafeMutableBufferPointer { timePass in
                    guard let src = volume.baseAddress, let dst = result.baseAddress,
                        let plane = timePass.baseAddress
                    else { return }
                    for frame in 0..<shape.frameCount where wantedFrames[frame] {
                        let frames = KernelSum.mirroredPositions(around: frame, count: shape.frameCount)
                        KernelSum(offsets: frames.map { $0 * shape.pixelCount })
                            .write(src, to: plane, columns: 0..<shape.pixelCount)
                        smoothWithinFrame(plane, into: dst + frame * shape.pixelCount)
                    }
                }
            }
        }
        return result
    }

    private func smoothWithinFrame<Sample: GaussianSample & Sendable>(
        _ src: UnsafePointer<Sample>,
        into dst: UnsafeMutablePointer<Sample>
    ) {
        let columns = 0..<shape.width
        var row = MarginedRow<Sample>(width: shape.width)
        for y in 0..<shape.height {
            let rows = KernelSum.mirroredPositions(around: y, count: shape.height)
            let kernel = KernelSum(offsets: rows.map { $0 * shape.width })
            row.fill { kernel.write(src, to: $0, columns: columns) }
            row.smooth(into: dst + y * shape.width, columns: columns)
        }
    }
}
