/// How much better the blocks fit if the displacement may change with the place.
extension ShiftFit {
    /// Constant, and in proportion to the place along y and x, for both directions of displacement.
    private static let termCount = 6

    /// Finds out by how much parts of the cell move otherwise than the whole.
    ///
    /// - Parameters:
    ///   - shift: The displacement that the evidence is counted from.
    ///   - grid: Where the blocks are.
    mutating func estimateStrain(from shift: (y: Int, x: Int), _ grid: BlockGrid) {
        let count = Self.termCount
        var matrix = [Double](repeating: 0, count: count * count)
        var pull = [Double](repeating: 0, count: count)
        var (information, known) = (0.0, 0)
        for (index, block) in evidence.enumerated() {
            guard let block else { continue }
            let weight = weights[known]
            known += 1
            guard block.information.yy + block.information.xx > 0 else { continue }
            let rest = block.remainder(y: y - Double(shift.y), x: x - Double(shift.x))
            let centre = grid.centre(ofBlock: index)
            let terms = SIMD3(1, centre.y, centre.x)
            information += weight * (block.information.yy + block.information.xx)
            for row in 0..<3 {
                pull[row] += weight * terms[row] * rest.y
                pull[row + 3] += weight * terms[row] * rest.x
                for column in 0..<3 {
                    let product = weight * terms[row] * terms[column]
                    matrix[row * count + column] += product * block.information.yy
                    matrix[row * count + column + 3] += product * block.information.yx
                    matrix[(row + 3) * count + column] += product * block.information.yx
                    matrix[(row + 3) * count + column + 3] += product * block.information.xx
                }
            }
        }
        // A cell of which little is known does not stretch by more than a pixel.
        for term in 0..<count { matrix[term * count + term] += 1 }
        let gain = Self.quadraticForm(matrix, pull)
        strain = gain / 4
        strainSquarePixels = information > 0 ? gain / information : 0
    }

    /// `pull` times the inverse of a positive definite `matrix` times `pull`, by Cholesky's factors.
    private static func quadraticForm(_ matrix: [Double], _ pull: [Double]) -> Double {
        let count = pull.count
        var (factor, solution) = (matrix, pull)
        for row in 0..<count {
            for column in 0...row {
                var sum = matrix[row * count + column]
                for term in 0..<column { sum -= factor[row * count + term] * factor[column * count + term] }
                factor[row * count + column] =
                    row == column ? max(sum, 1e-12).squareRoot() : sum / factor[column * count + column]
            }
            for term in 0..<row { solution[row] -= factor[row * count + term] * solution[term] }
            solution[row] /= factor[row * count + row]
        }
        return solution.reduce(0) { $0 + $1 * $1 }
    }
}
