import Foundation

/// A Gaussian spot on a resting image, as it stands at its peak.
package struct Spot: Equatable {
    /// ΔF/F0 at the centre.
    package var height: Double
    package var row: Double
    package var column: Double
    /// Standard deviations, in pixels.
    package var sigmaY: Double
    package var sigmaX: Double

    package init(height: Double, row: Double, column: Double, sigmaY: Double, sigmaX: Double) {
        self.height = height
        self.row = row
        self.column = column
        self.sigmaY = sigmaY
        self.sigmaX = sigmaX
    }

    /// Full width at half maximum of a Gaussian in units of its standard deviation.
    static let widthPerSigma = 2.354_820_045

    /// The spot at a pixel, 1 at the centre.
    package func shape(row: Int, column: Int, narrowing: Double = 1) -> Double {
        let y = (Double(row) - self.row) / (sigmaY * narrowing)
        let x = (Double(column) - self.column) / (sigmaX * narrowing)
        return exp(-0.5 * (x * x + y * y))
    }
}

/// Finds the Gaussian spot in an image of ΔF: pixels differ in F0, and noise grows with light.
package struct SpotFit: LeastSquaresProblem {
    package struct Pixel {
        var row: Double
        var column: Double
        var increase: Double
        /// F0 above the dark level.
        var resting: Double

        package init(row: Double, column: Double, increase: Double, resting: Double) {
            self.row = row
            self.column = column
            self.increase = increase
            self.resting = resting
        }
    }

    let pixels: [Pixel]
    private let weights: [Double]

    package init(pixels: [Pixel]) {
        self.pixels = pixels
        let floor = 0.1 * (pixels.map(\.resting).max() ?? 1)
        weights = pixels.map { 1 / max($0.resting, floor, 1e-12).squareRoot() }
    }

    package var residualCount: Int { pixels.count }
    package var parameterCount: Int { 6 }

    package func evaluate(_ parameters: [Double], residuals: inout [Double], jacobian: inout [Double]) {
        let height = parameters[0]
        let (row, column) = (parameters[1], parameters[2])
        let sigmaY = exp(parameters[3])
        let sigmaX = exp(parameters[4])
        let offset = parameters[5]
        let count = pixels.count
        for (index, pixel) in pixels.enumerated() {
            let y = (pixel.row - row) / sigmaY
            let x = (pixel.column - column) / sigmaX
            let shape = exp(-0.5 * (x * x + y * y))
            let weight = weights[index]
            let light = weight * pixel.resting
            residuals[index] = light * (height * shape + offset) - weight * pixel.increase
            jacobian[index] = light * shape
            jacobian[count + index] = light * height * shape * y / sigmaY
            jacobian[2 * count + index] = light * height * shape * x / sigmaX
            jacobian[3 * count + index] = light * height * shape * y * y
            jacobian[4 * count + index] = light * height * shape * x * x
            jacobian[5 * count + index] = light
        }
    }

    /// Searches from a first guess.
    ///
    /// - Returns: nil if there are too few pixels, the search did not converge, or it left the image.
    package func fit(from guess: Spot) -> Spot? {
        guard pixels.count >= 12 else { return nil }
        let start = [guess.height, guess.row, guess.column, log(guess.sigmaY), log(guess.sigmaX), 0]
        guard let plain = LevenbergMarquardt(maximumIterationCount: 30).minimise(self, from: start) else { return nil }
        var robust = LevenbergMarquardt(maximumIterationCount: 30)
        robust.lossScale = 3 * (2 * plain.cost / Double(pixels.count)).squareRoot()
        guard let best = robust.minimise(self, from: plain.parameters), best.isConverged else { return nil }
        let parameters = best.parameters
        let spot = Spot(
            height: parameters[0],
            row: parameters[1],
            column: parameters[2],
            sigmaY: exp(parameters[3]),
            sigmaX: exp(parameters[4])
        )
        let rows = pixels.map(\.row)
        let columns = pixels.map(\.column)
        guard let top = rows.min(), let bottom = rows.max(), let left = columns.min(), let right = columns.max(),
            spot.height > 0, (top...bottom).contains(spot.row), (left...right).contains(spot.column),
            spot.sigmaY > 0.4, spot.sigmaX > 0.4, spot.sigmaY < bottom - top + 1, spot.sigmaX < right - left + 1
        else { return nil }
        return spot
    }
}
