internal import COpenBLAS

/// Solves overdetermined linear systems by QR decomposition (LAPACK's `dgels`).
struct LinearLeastSquares {
    private let rowCount: Int
    private let columnCount: Int
    private var work: [Double]

    /// Systems are small, and fits run side by side.
    private static let computesAlone: Void = openblas_set_num_threads(1)

    /// Prepares for systems of one shape.
    ///
    /// - Precondition: at least as many rows as columns, and one column.
    init(rowCount: Int, columnCount: Int) {
        precondition(rowCount >= columnCount && columnCount > 0, "\(rowCount) equations for \(columnCount) unknowns")
        Self.computesAlone
        self.rowCount = rowCount
        self.columnCount = columnCount
        work = [Double](repeating: 0, count: columnCount + max(1, rowCount) * 4)
    }

    /// Minimises |A x - b|.
    ///
    /// - Parameters:
    ///   - matrix: A, column by column; overwritten.
    ///   - rightHandSide: b; overwritten.
    /// - Returns: x, or nil if A has not full rank or holds values that are not finite.
    mutating func solve(_ matrix: inout [Double], _ rightHandSide: inout [Double]) -> [Double]? {
        precondition(matrix.count == rowCount * columnCount && rightHandSide.count == rowCount)
        guard rightHandSide.allSatisfy(\.isFinite), matrix.allSatisfy(\.isFinite) else { return nil }
        var rows = Int32(rowCount)
        var columns = Int32(columnCount)
        var one: Int32 = 1
        var workCount = Int32(work.count)
        var info: Int32 = 0
        var transposed = CChar(UInt8(ascii: "N"))
        dgels_(
            &transposed,
            &rows,
            &columns,
            &one,
            &matrix,
            &rows,
            &rightHandSide,
            &rows,
            &work,
            &workCount,
            &info,
            1
        )
        let solution = Array(rightHandSide[..<columnCount])
        return info == 0 && solution.allSatisfy(\.isFinite) ? solution : nil
    }
}
