import Imaging

extension CellMask {
    /// The pixels of a cell as runs in raster order: y, first x, end of x, and so on.
    package func runs(ofCell number: Int) -> [Int] {
        var runs: [Int] = []
        for y in 0..<size.height {
            var start: Int?
            for x in 0...size.width {
                let isCell = x < size.width && labels[y * size.width + x] == UInt8(number)
                if isCell, start == nil { start = x }
                if !isCell, let first = start {
                    runs += [y, first, x]
                    start = nil
                }
            }
        }
        return runs
    }
}
