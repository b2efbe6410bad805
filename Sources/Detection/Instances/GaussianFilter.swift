/// A number that a smoothed volume is stored in; sums over the kernel are always double precision.
protocol GaussianSample {
    static var zero: Self { get }
    init(_ value: Double)
    var doubleValue: Double { get }
}

extension Float: GaussianSample {
    @inline(__always)
    var doubleValue: Double { Double(self) }
}

extension Double: GaussianSample {
    @inline(__always)
    var doubleValue: Double { self }
}

/// The Gaussian of a whole volume: one pass each along t, y and x, each rounded to the type of the volume.
struct GaussianFilter {
    let shape: VolumeShape

    /// Smooths a volume `[t][y][x]`.
    ///
    /// - Parameters:
    ///   - volume: the samples.
    ///   - wantedFrames: whether a frame of the result is needed; the others are left at zero.
    /// - Returns: the smoothed volume, of the same shape.
    func smoothed<Sample: GaussianSample>(_ volume: [Sample], wantedFrames: [Bool]) -> [Sample] {
        precondition(volume.count == shape.voxelCount && wantedFrames.count == shape.frameCount)
        var result = [Sample](repeating: .zero, count: volume.count)
        var scratch = [Sample](repeating: .zero, count: shape.pixelCount)
        volume.withUnsafeBufferPointer { volume in
            result.withUnsafeMutableBufferPointer { result in
                scratch.withUnsafeMutableBufferPointer { scratch in
                    guard let movie = volume.baseAddress, let first = result.baseAddress,
                        let rowsPass = scratch.baseAddress
                    else { return }
                    for frame in 0..<shape.frameCount where wantedFrames[frame] {
                        let plane = first + frame * shape.pixelCount
                        smoothAlongTime(movie, frame: frame, into: plane)
                        smoothAlongRows(plane, into: rowsPass)
                        smoothAlongColumns(rowsPass, into: plane)
                    }
                }
            }
        }
        return result
    }

    private func smoothAlongTime<Sample: GaussianSample>(
        _ movie: UnsafePointer<Sample>,
        frame: Int,
        into dst: UnsafeMutablePointer<Sample>
    ) {
        let planes = mirroredOffsets(around: frame, count: shape.frameCount).map { movie + $0 * shape.pixelCount }
        for pixel in 0..<shape.pixelCount {
            dst[pixel] = Self.sum { planes[$0][pixel].doubleValue }
        }
    }

    private func smoothAlongRows<Sample: GaussianSample>(
        _ src: UnsafePointer<Sample>,
        into dst: UnsafeMutablePointer<Sample>
    ) {
        for y in 0..<shape.height {
            let rows = mirroredOffsets(around: y, count: shape.height).map { src + $0 * shape.width }
            for x in 0..<shape.width {
                dst[y * shape.width + x] = Self.sum { rows[$0][x].doubleValue }
            }
        }
    }

    private func smoothAlongColumns<Sample: GaussianSample>(
        _ src: UnsafePointer<Sample>,
        into dst: UnsafeMutablePointer<Sample>
    ) {
        for x in 0..<shape.width {
            let columns = mirroredOffsets(around: x, count: shape.width)
            for y in 0..<shape.height {
                let row = src + y * shape.width
                dst[y * shape.width + x] = Self.sum { row[columns[$0]].doubleValue }
            }
        }
    }

    /// Positions of the kernel's 25 samples around a position, mirrored at the borders.
    private func mirroredOffsets(around position: Int, count: Int) -> [Int] {
        let radius = GaussianKernel.radius
        return (position - radius...position + radius).map { GaussianKernel.mirrored($0, count: count) }
    }

    /// The kernel's sum over samples 0...24, centre first, then pairs from the far ends inwards.
    @inline(__always)
    private static func sum<Sample: GaussianSample>(_ sample: (Int) -> Double) -> Sample {
        let radius = GaussianKernel.radius
        var sum = sample(radius) * GaussianKernel.centreWeight
        for j in 0..<radius {
            sum += (sample(j) + sample(2 * radius - j)) * GaussianKernel.pairWeights[j]
        }
        return Sample(sum)
    }
}
