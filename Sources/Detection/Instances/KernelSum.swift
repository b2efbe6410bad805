/// One pass of the Gaussian: adds up 25 rows of samples, wherever in memory they start.
///
/// The centre comes first, then the pairs from the far ends inwards; every column is summed in that order
/// however many columns are summed side by side.
struct KernelSum {
    private let centre: Int
    private let pairs: [Pair]

    private struct Pair {
        let before: Int
        let after: Int
        let weight: Double
    }

    /// - Parameters:
    ///   - offsets: where each of the 25 rows starts.
    ///   - isPresent: which rows hold anything but zeros. Pairs of absent rows are left out, which changes no sum.
    init(offsets: [Int], isPresent: (Int) -> Bool = { _ in true }) {
        let last = 2 * GaussianKernel.radius
        precondition(offsets.count == last + 1)
        centre = offsets[GaussianKernel.radius]
        pairs = (0..<GaussianKernel.radius).compactMap { j in
            guard isPresent(j) || isPresent(last - j) else { return nil }
            return Pair(before: offsets[j], after: offsets[last - j], weight: GaussianKernel.pairWeights[j])
        }
    }

    /// The 25 samples around a position along an axis that is mirrored at its ends.
    static func mirroredPositions(around position: Int, count: Int) -> [Int] {
        (position - GaussianKernel.radius...position + GaussianKernel.radius)
            .map { GaussianKernel.mirrored($0, count: count) }
    }

    /// Rows that begin one sample after another: the pass along a row that has a margin on both sides.
    static let alongRow = KernelSum(offsets: Array(0...2 * GaussianKernel.radius))

    /// Writes the sums of some columns, rounded to the type of the destination.
    func write<Source: GaussianSample, Destination: GaussianSample>(
        _ src: UnsafePointer<Source>,
        to dst: UnsafeMutablePointer<Destination>,
        columns: Range<Int>
    ) {
        pairs.withUnsafeBufferPointer { pairs in
            var x = columns.lowerBound
            while x + 8 <= columns.upperBound {
                var low = Source.load(src + (centre + x)) * GaussianKernel.centreWeight
                var high = Source.load(src + (centre + x + 4)) * GaussianKernel.centreWeight
                for pair in pairs {
                    let before = src + (pair.before + x)
                    let after = src + (pair.after + x)
                    low += (Source.load(before) + Source.load(after)) * pair.weight
                    high += (Source.load(before + 4) + Source.load(after + 4)) * pair.weight
                }
                Destination.store(low, to: dst + x)
                Destination.store(high, to: dst + (x + 4))
                x += 8
            }
            while x < columns.upperBound {
                var sum = src[centre + x].doubleValue * GaussianKernel.centreWeight
                for pair in pairs {
                    sum += (src[pair.before + x].doubleValue + src[pair.after + x].doubleValue) * pair.weight
                }
                dst[x] = Destination(sum)
                x += 1
            }
        }
    }
}

/// A row of samples with a mirrored margin of the kernel's radius on both sides.
struct MarginedRow<Sample: GaussianSample & Sendable>: Sendable {
    private let width: Int
    private var samples: [Sample]

    init(width: Int) {
        self.width = width
        samples = [Sample](repeating: .zero, count: width + 2 * GaussianKernel.radius)
    }

    /// Lets a closure write the columns of the row, then fills the margins.
    mutating func fill(_ write: (UnsafeMutablePointer<Sample>) -> Void) {
        samples.withUnsafeMutableBufferPointer { samples in
            guard let base = samples.baseAddress else { return }
            let row = base + GaussianKernel.radius
            write(row)
            for distance in 1...GaussianKernel.radius {
                row[-distance] = row[GaussianKernel.mirrored(-distance, count: width)]
                let beyond = width - 1 + distance
                row[beyond] = row[GaussianKernel.mirrored(beyond, count: width)]
            }
        }
    }

    /// Smooths some columns along the row.
    func smooth(into dst: UnsafeMutablePointer<Sample>, columns: Range<Int>) {
        samples.withUnsafeBufferPointer { samples in
            guard let base = samples.baseAddress else { return }
            KernelSum.alongRow.write(base, to: dst, columns: columns)
        }
    }
}
