import Imaging
import TestSupport

/// A small class mask with a movie under it, built of the things that make instances hard: touching and
/// crowded sparks, interrupted puffs and waves, diagonal neighbours, borders of the frame and of time.
struct RandomScene {
    let size: FrameSize
    let frameCount: Int
    private(set) var classes: [UInt8]
    private(set) var movie: [Float]

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let isWide = seed % 4 == 3
        size = isWide ? FrameSize(height: 9, width: 84) : FrameSize(height: 24, width: 32)
        frameCount = Int.random(in: seed % 16 == 5 ? 1...12 : 40...90, using: &generator)
        let voxelCount = frameCount * size.pixelCount
        classes = [UInt8](repeating: 0, count: voxelCount)
        // Few grey levels, so that equal maxima and equal costs occur.
        let levelCount = Int.random(in: 1...40, using: &generator)
        movie = (0..<voxelCount).map { _ in Float(Int.random(in: 0..<levelCount, using: &generator)) / 4096 }
        if seed % 29 == 0 { return }
        for _ in 0..<Int.random(in: 0...3, using: &generator) { addInterruptedBlock(.puff, using: &generator) }
        if isWide {
            for _ in 0..<Int.random(in: 1...3, using: &generator) { addWave(using: &generator) }
        }
        for _ in 0..<Int.random(in: 0...9, using: &generator) { addSparkGroup(using: &generator) }
        for _ in 0..<Int.random(in: 0...2, using: &generator) { addSymmetricSpark(using: &generator) }
        for _ in 0..<Int.random(in: 0...30, using: &generator) { addSpeck(using: &generator) }
    }

    private mutating func set(_ eventClass: EventClass, _ frame: Int, _ y: Int, _ x: Int) {
        guard frame >= 0, frame < frameCount, y >= 0, y < size.height, x >= 0, x < size.width else { return }
        classes[(frame * size.height + y) * size.width + x] = eventClass.rawValue
    }

    /// Parts with 1 to 4 empty frames between them, each shifted sideways by up to its width.
    private mutating func addInterruptedBlock(_ eventClass: EventClass, using generator: inout SeededGenerator) {
        var frame = Int.random(in: -3..<frameCount, using: &generator)
        var y = Int.random(in: -1..<size.height, using: &generator)
        var x = Int.random(in: -1..<size.width, using: &generator)
        let extent = Int.random(in: 1...5, using: &generator)
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            let end = frame + Int.random(in: 1...9, using: &generator)
            for t in frame..<end {
                for dy in 0..<extent {
                    for dx in 0..<extent { set(eventClass, t, y + dy, x + dx) }
                }
            }
            frame = end + Int.random(in: 0...4, using: &generator)
            y += [0, 0, -extent, extent, extent + 1, 1].randomElement(using: &generator) ?? 0
            x += [0, 0, -extent, extent, extent + 1, -1].randomElement(using: &generator) ?? 0
        }
    }

    /// A slanted front of 70 to 80 px with missing frames.
    private mutating func addWave(using generator: inout SeededGenerator) {
        let start = Int.random(in: -2..<frameCount, using: &generator)
        let firstColumn = Int.random(in: 0...10, using: &generator)
        let width = Int.random(in: 70...80, using: &generator)
        let slope = Int.random(in: 3...40, using: &generator)
        let rows = Int.random(in: 0...4, using: &generator)...Int.random(in: 4...8, using: &generator)
        let hole = Int.random(in: 0...12, using: &generator)
        let holeLength = Int.random(in: 0...4, using: &generator)
        for step in 0..<width {
            for t in start + step / slope...start + step / slope + 4 {
                if (hole..<hole + holeLength).contains(t - start) { continue }
                for y in rows { set(.wave, t, y, firstColumn + step) }
            }
        }
    }

    /// One to four ellipsoids near each other, bright or dim, some of them without a maximum of their own.
    private mutating func addSparkGroup(using generator: inout SeededGenerator) {
        var frame = Int.random(in: -1...frameCount, using: &generator)
        var y = Int.random(in: -2...size.height + 1, using: &generator)
        var x = Int.random(in: -2...size.width + 1, using: &generator)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let duration = Int.random(in: 0...4, using: &generator)
            let radius = Int.random(in: 0...6, using: &generator)
            let height = Float(Int.random(in: 0...6, using: &generator)) / 128
            addEllipsoid(frame, y, x, duration: duration, radius: radius, height: height)
            frame += Int.random(in: -4...4, using: &generator)
            y += Int.random(in: -9...9, using: &generator)
            x += Int.random(in: -9...9, using: &generator)
        }
    }

    /// A flat block of even extents, which has several equal peaks unless another spark is near.
    private mutating func addSymmetricSpark(using generator: inout SeededGenerator) {
        let extents = (0..<3).map { _ in [2, 4, 6].randomElement(using: &generator) ?? 4 }
        let frame = Int.random(in: 0..<frameCount, using: &generator)
        let y = Int.random(in: 0..<size.height, using: &generator)
        let x = Int.random(in: 0..<size.width, using: &generator)
        for t in frame..<frame + extents[0] {
            for row in y..<y + extents[1] + 2 {
                for column in x..<x + extents[2] + 2 {
                    guard t < frameCount, row < size.height, column < size.width else { continue }
                    set(.spark, t, row, column)
                    movie[(t * size.height + row) * size.width + column] = 0.02
                }
            }
        }
    }

    private mutating func addEllipsoid(_ t: Int, _ y: Int, _ x: Int, duration: Int, radius: Int, height: Float) {
        for dt in -duration...duration {
            for dy in -radius...radius {
                for dx in -radius...radius {
                    let time = Float(dt * dt) / Float((duration + 1) * (duration + 1))
                    let space = Float(dy * dy + dx * dx) / Float((radius + 1) * (radius + 1))
                    if time + space >= 1 { continue }
                    set(.spark, t + dt, y + dy, x + dx)
                    brighten(t + dt, y + dy, x + dx, by: height * (1 - time - space))
                }
            }
        }
    }

    private mutating func brighten(_ frame: Int, _ y: Int, _ x: Int, by amount: Float) {
        guard frame >= 0, frame < frameCount, y >= 0, y < size.height, x >= 0, x < size.width else { return }
        movie[(frame * size.height + y) * size.width + x] += amount
    }

    private mutating func addSpeck(using generator: inout SeededGenerator) {
        let eventClass = EventClass.allCases.randomElement(using: &generator) ?? .puff
        let frame = Int.random(in: 0..<frameCount, using: &generator)
        let y = Int.random(in: 0..<size.height, using: &generator)
        let x = Int.random(in: 0..<size.width, using: &generator)
        for offset in 0..<Int.random(in: 1...3, using: &generator) { set(eventClass, frame + offset, y + offset, x) }
    }
}
