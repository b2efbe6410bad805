import Imaging

/// Measures of recordings as they were published.
enum RecordingQuality {
    /// SNR90: (90th percentile of counts inside events - mean outside) / standard deviation outside, within cells.
    ///
    /// Returns nil if no voxel belongs to a defined event.
    static func signalToNoise(counts: [UInt16], classes: [UInt8], cellPixels: [Int], size: FrameSize) -> Double? {
        var inside = [Int](repeating: 0, count: 65_536)
        var insideCount = 0
        for (count, classValue) in zip(counts, classes) where (1...3).contains(classValue) {
            inside[Int(count)] += 1
            insideCount += 1
        }
        guard insideCount > 0 else { return nil }
        var sum = 0.0
        var squareSum = 0.0
        var outsideCount = 0.0
        for frame in 0..<counts.count / size.pixelCount {
            let base = frame * size.pixelCount
            for pixel in cellPixels where classes[base + pixel] == 0 {
                let value = Double(counts[base + pixel])
                sum += value
                squareSum += value * value
                outsideCount += 1
            }
        }
        guard outsideCount > 1 else { return nil }
        let mean = sum / outsideCount
        let deviation = max(squareSum / outsideCount - mean * mean, 1e-9).squareRoot()
        var remaining = insideCount * 9 / 10
        let percentile = inside.firstIndex { bin in
            remaining -= bin
            return remaining < 0
        }
        return (Double(percentile ?? 0) - mean) / deviation
    }
}
