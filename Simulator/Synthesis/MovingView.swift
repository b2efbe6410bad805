import Foundation
import Imaging

/// Shows pictures of a cell that does not move as if it did.
///
/// What the view shows beyond the picture's border is the picture mirrored there.
struct MovingView: Sendable {
    private let movement: Movement
    private let size: FrameSize
    private let frameCount: Int
    private let intervalSeconds: Double
    private let blurWeights: [Float]

    /// How far from its middle a cell has contracted by three quarters, in pixels.
    private static let contractionReach = 80.0

    init(_ movement: Movement, size: FrameSize, frameCount: Int, frameIntervalMilliseconds: Double) {
        self.movement = movement
        self.size = size
        self.frameCount = frameCount
        intervalSeconds = frameIntervalMilliseconds / 1000
        let sigma = movement.blur(seconds: 0)?.pixels ?? 0
        let reach = Int((3 * sigma).rounded(.up))
        let weights = (-reach...reach).map { sigma > 0 ? exp(-0.5 * Double($0 * $0) / (sigma * sigma)) : 1 }
        let sum = weights.reduce(0, +)
        blurWeights = weights.map { Float($0 / sum) }
    }

    /// What a frame is displaced by, for the ground truth.
    func truth(ofFrame frame: Int) -> (y: Double, x: Double, deformation: Double) {
        let (first, last) = (seconds(ofRow: 0, frame: frame), seconds(ofRow: size.height - 1, frame: frame))
        let shift = movement.shift(seconds: (first + last) / 2, frame: frame)
        let shear = zip(
            [movement.shift(seconds: first, frame: frame)],
            [movement.shift(seconds: last, frame: frame)]
        ).map { max(abs($0.y - $1.y), abs($0.x - $1.x)) / 2 }[0]
        return (shift.y, shift.x, max(shear, abs(contraction(at: (first + last) / 2))))
    }

    /// A picture as the camera sees it in a frame, `[y][x]`; values between pixels by cubic convolution.
    func view(of picture: [Float], frame: Int) -> [Float] {
        let picture = blurred(picture, frame: frame)
        var view = [Float](repeating: 0, count: picture.count)
        forEachRow(of: frame) { row, sourceY, sourceX in
            let (top, rowWeights) = Self.cubic(sourceY)
            for column in 0..<size.width {
                let (left, columnWeights) = Self.cubic(sourceX(column))
                var sum: Float = 0
                for tapY in 0..<4 {
                    let line = mirrored(top + tapY, size.height) * size.width
                    var part: Float = 0
                    for tapX in 0..<4 {
                        part += columnWeights[tapX] * picture[line + mirrored(left + tapX, size.width)]
                    }
                    sum += rowWeights[tapY] * part
                }
                view[row * size.width + column] = sum
            }
        }
        return view
    }

    /// Labels of the picture, `[y][x]`, where the camera sees what they belong to; nothing beyond the border.
    func labels<Label: FixedWidthInteger>(_ labels: ArraySlice<Label>, frame: Int) -> [Label] {
        var view = [Label](repeating: 0, count: size.pixelCount)
        forEachRow(of: frame) { row, sourceY, sourceX in
            let y = Int(sourceY.rounded())
            guard (0..<size.height).contains(y) else { return }
            for column in 0..<size.width {
                let x = Int(sourceX(column).rounded())
                guard (0..<size.width).contains(x) else { continue }
                view[row * size.width + column] = labels[labels.startIndex + y * size.width + x]
            }
        }
        return view
    }

    private func seconds(ofRow row: Int, frame: Int) -> Double {
        let within = movement.isLineWise ? Double(row) / Double(size.height) : 0
        return (Double(frame) + within) * intervalSeconds
    }

    private func contraction(at seconds: Double) -> Double {
        movement.contraction(seconds: seconds, duration: Double(frameCount) * intervalSeconds)
    }

    /// Calls `body` with every row, and where in the picture its light comes from.
    private func forEachRow(of frame: Int, _ body: (Int, Double, (Int) -> Double) -> Void) {
        let middle = Double(size.width) / 2
        for row in 0..<size.height {
            let seconds = seconds(ofRow: row, frame: frame)
            let shift = movement.shift(seconds: seconds, frame: frame)
            let pull = contraction(at: seconds)
            body(row, Double(row) - shift.y) { column in
                let x = Double(column) - shift.x
                return pull == 0 ? x : x - pull * tanh((middle - x) / Self.contractionReach)
            }
        }
    }

    private func blurred(_ picture: [Float], frame: Int) -> [Float] {
        guard let blur = movement.blur(seconds: seconds(ofRow: size.height / 2, frame: frame)) else { return picture }
        let reach = blurWeights.count / 2
        func smoothed(_ picture: [Float], at place: (Int, Int, Int) -> Int) -> [Float] {
            var result = picture
            for y in 0..<size.height {
                for x in 0..<size.width {
                    result[y * size.width + x] = blurWeights.indices.reduce(0) { sum, tap in
                        sum + blurWeights[tap] * picture[place(y, x, tap - reach)]
                    }
                }
            }
            return result
        }
        let rows = smoothed(picture) { y, x, offset in mirrored(y + offset, size.height) * size.width + x }
        let both = smoothed(rows) { y, x, offset in y * size.width + mirrored(x + offset, size.width) }
        let share = Float(blur.share)
        return zip(picture, both).map { $0 + share * ($1 - $0) }
    }

    /// First pixel and weights of Keys' cubic convolution at a place.
    private static func cubic(_ place: Double) -> (first: Int, weights: SIMD4<Float>) {
        let whole = place.rounded(.down)
        let t = Float(place - whole)
        let weights = SIMD4<Float>(
            ((-0.5 * t + 1) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1,
            ((-1.5 * t + 2) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t
        )
        return (Int(whole) - 1, weights)
    }

    private func mirrored(_ place: Int, _ count: Int) -> Int {
        let period = 2 * count
        let folded = ((place % period) + period) % period
        return folded < count ? folded : period - 1 - folded
    }
}
