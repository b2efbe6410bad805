/// One pass of the Gaussian over a range of columns, from 25 rows of samples to one.
struct KernelSum {
    /// Where each of the 25 rows starts.
    let offsets: [Int]
    let range: Range<Int>
    /// Which rows hold anything but zeros; pairs of absent rows are left out, which changes no sum.
    var isPresent: [Bool]?

    /// Adds up the kernel, centre first, then pairs from the far ends inwards.
    ///
    /// - Parameters:
    ///   - src: the samples.
    ///   - start: is added to the offsets.
    ///   - dst: receives the sums, rounded to its type.
    ///   - dstStart: where column 0 of the result lies.
    ///   - sums: room for one row.
    func write<Source: GaussianSample, Destination: GaussianSample>(
        _ src: [Source],
        from start: Int,
        to dst: inout [Destination],
        at dstStart: Int,
        sums: inout [Double]
    ) {
        let radius = GaussianKernel.radius
        src.withUnsafeBufferPointer { src in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let samples = src.baseAddress?.advanced(by: start), let sum = sums.baseAddress else { return }
                let centre = samples + offsets[radius]
                for x in range { sum[x] = centre[x].doubleValue * GaussianKernel.centreWeight }
                for j in 0..<radius {
                    if let isPresent, !isPresent[j], !isPresent[2 * radius - j] { continue }
                    let before = samples + offsets[j]
                    let after = samples + offsets[2 * radius - j]
                    let weight = GaussianKernel.pairWeights[j]
                    for x in range {
                        sum[x] += (before[x].doubleValue + after[x].doubleValue) * weight
                    }
                }
                dst.withUnsafeMutableBufferPointer { dst in
                    for x in range { dst[dstStart + x] = Destination(sum[x]) }
                }
            }
        }
    }
}
