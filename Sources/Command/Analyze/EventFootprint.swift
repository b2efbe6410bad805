import Detection
import Imaging

/// The pixels that an event ever covered, as runs.
struct EventFootprint {
    /// `y, first x, end x` of every run, in raster order.
    let runs: [Int]
    /// Number of columns from the first to the last.
    let columnCount: Int

    init(_ instance: Instance) {
        let pixels = Set(instance.voxels.map { SIMD2(Int($0.y), Int($0.x)) }).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        var runs: [Int] = []
        for pixel in pixels {
            if let end = runs.last, end == pixel.y, runs[runs.count - 3] == pixel.x {
                runs[runs.count - 1] += 1
            } else {
                runs += [pixel.x, pixel.y, pixel.y + 1]
            }
        }
        self.runs = runs
        let columns = pixels.map(\.y)
        columnCount = (columns.max() ?? 0) - (columns.min() ?? 0) + 1
    }
}
