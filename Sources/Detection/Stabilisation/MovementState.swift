/// What the shifts of the last frames say together: whether the cell moves by more than the network tolerates, by how much
/// it moves from frame to frame, and whether parts of it move otherwise than the whole.
///
/// Up to a quarter of a pixel does no harm, half a pixel does (Documentation/explanation/movement.md). A single shift that is clearly
/// larger decides at once; smaller ones have to add up, so that noise in the estimate never does.
struct MovementState {
    /// True while shifts are undone.
    private(set) var isMoving = false
    /// True while parts of the cell move by more than is tolerated.
    private(set) var isDeformed = false
    /// Where the cell is on the whole.
    private(set) var mean = (y: 0.0, x: 0.0)

    /// Strain that noise alone makes.
    private let usualStrain: Double
    private var alongY = AxisMotion()
    private var alongX = AxisMotion()
    private var deformations = RecentMean(count: 4)
    private var strains = RecentMean(count: 4)
    private var calmCount = 0

    private static let toleratedPixels = 0.2
    private static let clearPixels = 0.5
    private static let clearErrors = 7.0
    private static let calmPixels = 0.1
    /// Frames without movement after which it is over.
    private static let longestCalm = 256
    private static let quietMisfit = 1.4
    private static let meanShare = 1.0 / 32
    private static let toleratedDeformation = 0.1
    private static let sureStrain = 3.5

    init(usualStrain: Double = 1) { self.usualStrain = max(usualStrain, 0.5) }

    /// Takes in the shift of the next frame.
    mutating func note(_ fit: ShiftFit) {
        guard fit.errorY.isFinite, fit.errorX.isFinite else { return }
        let variance = (y: fit.errorY * fit.errorY, x: fit.errorX * fit.errorX)
        mean.y += Self.meanShare / (1 + variance.y) * (fit.y - mean.y)
        mean.x += Self.meanShare / (1 + variance.x) * (fit.x - mean.x)
        noteDeformation(fit)
        // A wave that lights up half of the cell decides nothing.
        guard fit.misfit < Self.quietMisfit else { return }
        alongY.note(fit.y, error: fit.errorY, mean: mean.y)
        alongX.note(fit.x, error: fit.errorX, mean: mean.x)
        let isClear = Self.isClear(fit.y, fit.errorY) || Self.isClear(fit.x, fit.errorX)
        let excess = alongY.excess + alongX.excess
        if isClear || ((alongY.isSure || alongX.isSure) && excess > Self.toleratedPixels * Self.toleratedPixels) {
            isMoving = true
            calmCount = 0
        } else {
            calmCount = excess < Self.calmPixels * Self.calmPixels ? calmCount + 1 : 0
            if calmCount >= Self.longestCalm { isMoving = false }
        }
    }

    /// Where the cell most probably is: a shift that is no larger than its error, where such are usual, is mostly error.
    func probableShift(_ fit: ShiftFit) -> (y: Double, x: Double) {
        (
            alongY.probable(fit.y, error: fit.errorY, mean: mean.y),
            alongX.probable(fit.x, error: fit.errorX, mean: mean.x)
        )
    }

    /// Counts displacements from another place from now on.
    mutating func move(origin: (y: Double, x: Double)) {
        mean = (mean.y - origin.y, mean.x - origin.x)
        (alongY, alongX) = (AxisMotion(), AxisMotion())
    }

    private static func isClear(_ shift: Double, _ error: Double) -> Bool {
        abs(shift) > max(clearPixels, clearErrors * error)
    }

    private mutating func noteDeformation(_ fit: ShiftFit) {
        let excess = max(0, 1 - usualStrain / max(fit.strain, 1e-9))
        strains.append(fit.strain)
        deformations.append(excess * fit.strainSquarePixels)
        isDeformed =
            deformations.mean > Self.toleratedDeformation * Self.toleratedDeformation
            && strains.mean > Self.sureStrain * usualStrain
    }
}

/// Shifts along one axis in the last frames.
private struct AxisMotion {
    private static let frameCount = 32
    /// Mean square of the shifts in units of their errors above which noise does not explain them.
    private static let sureSquare = 6.0
    private static let jumpErrors = 4.0

    private var squares = RecentMean(count: frameCount)
    private var deviations = RecentMean(count: frameCount)
    private var variances = RecentMean(count: frameCount)
    private var significances = RecentMean(count: frameCount)

    mutating func note(_ shift: Double, error: Double, mean: Double) {
        squares.append(shift * shift)
        deviations.append((shift - mean) * (shift - mean))
        variances.append(error * error)
        significances.append(shift * shift / (error * error))
    }

    /// Mean square of the shifts beyond their errors, in squared pixels.
    var excess: Double { squares.mean - variances.mean }

    /// True if noise does not explain the shifts: what pulls one or two of them does not, either.
    var isSure: Bool {
        squares.isFull && significances.mean > Self.sureSquare
    }

    func probable(_ shift: Double, error: Double, mean: Double) -> Double {
        let motion = max(0, deviations.mean - variances.mean)
        let total = motion + error * error
        let distance = shift - mean
        guard error.isFinite else { return mean }
        guard distance * distance < Self.jumpErrors * Self.jumpErrors * total else { return shift }
        return mean + distance * motion / total
    }
}

/// Mean of the last values.
private struct RecentMean {
    private let count: Int
    private var values: [Double] = []
    private var place = 0

    init(count: Int) { self.count = count }

    var isFull: Bool { values.count == count }
    var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    mutating func append(_ value: Double) {
        if values.count < count {
            values.append(value)
        } else {
            values[place] = value
        }
        place = (place + 1) % count
    }
}
