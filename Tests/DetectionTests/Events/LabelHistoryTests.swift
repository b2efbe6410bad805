import Detection
import Imaging
import Testing

@Suite struct LabelHistoryTests {
    static let size = FrameSize(height: 4, width: 6)
    static let frameCount = 100
    static let capacity = 40
    static let intensityCapacity = 25

    /// Light of all pixels of a frame in units of F0, within what counts as flicker.
    static func gain(_ frame: Int) -> Float { 0.8 + 0.05 * Float(frame % 9) }
    static func restingIntensity(_ frame: Int, _ pixel: Int) -> Float { 0.25 + Float(frame) / 1024 + Float(pixel) / 64 }
    static func eventClass(_ frame: Int, _ pixel: Int) -> UInt8 {
        pixel == frame % size.pixelCount ? UInt8(1 + frame % 3) : EventClass.background
    }
    /// Event voxels are ten times as light.
    static func intensity(_ frame: Int, _ pixel: Int) -> Float {
        let light = gain(frame) * restingIntensity(frame, pixel)
        return eventClass(frame, pixel) == EventClass.background ? light : 10 * light
    }

    /// A history that took up all frames in slabs, and the light of the last ones as a ring.
    static func filled() -> (history: LabelHistory, intensity: [Float]) {
        // A given cell without outside: the blank level is 0.
        let cell = [UInt8](repeating: 1, count: size.pixelCount)
        var history = LabelHistory(size: size, capacity: capacity, cellLabels: cell)
        var ring = [Float](repeating: 0, count: intensityCapacity * size.pixelCount)
        var first = 0
        while first < frameCount {
            let frames = first..<min(first + 7, frameCount)
            let voxels = frames.flatMap { frame in (0..<size.pixelCount).map { (frame, $0) } }
            history.append(
                classes: voxels.map(eventClass),
                intensity: voxels.map(intensity),
                baseline: voxels.map(restingIntensity)
            )
            for (frame, pixel) in voxels {
                ring[frame % intensityCapacity * size.pixelCount + pixel] = intensity(frame, pixel)
            }
            first = frames.upperBound
        }
        return (history, ring)
    }

    /// Calls a body with the surroundings after all frames.
    static func withSurroundings(_ body: (SurroundingFrames) throws -> Void) rethrows {
        let (history, ring) = filled()
        try ring.withUnsafeBufferPointer { ring in
            let outcome = history.withPlanes { planes in
                Result {
                    try body(
                        SurroundingFrames(
                            size: size,
                            frames: frameCount - intensityCapacity..<frameCount,
                            intensity: ring.baseAddress!,
                            intensityCapacity: intensityCapacity,
                            labels: planes
                        )
                    )
                }
            }
            try outcome.get()
        }
    }

    @Test func theLatestFramesAreHeld() throws {
        let pixels = 0..<Self.size.pixelCount
        try Self.withSurroundings { surroundings in
            #expect(surroundings.labelledFrames == 60..<100)
            #expect(surroundings.blank.light == 0)
            for frame in 60..<100 {
                let classes = try #require(surroundings.classes(ofFrame: frame))
                #expect(pixels.allSatisfy { classes[$0] == Self.eventClass(frame, $0) }, "frame \(frame)")
                #expect(abs(surroundings.brightness(ofFrame: frame) - Self.gain(frame)) < 1e-5, "frame \(frame)")
            }
            for frame in 75..<100 {
                let intensity = surroundings.intensity(ofFrame: frame)
                #expect(pixels.allSatisfy { intensity[$0] == Self.intensity(frame, $0) }, "frame \(frame)")
            }
        }
    }

    @Test func restingIntensityIsThatOfTheSixteenthFrameBefore() throws {
        try Self.withSurroundings { surroundings in
            for frame in 64..<100 {
                let resting = try #require(surroundings.restingIntensity(before: frame))
                #expect(resting[5] == Self.restingIntensity(frame / 16 * 16, 5), "frame \(frame)")
            }
        }
    }

    @Test(arguments: [-1, 0, 59, 60, 63, 112, 1000])
    func whatIsNotHeldIsNil(frame: Int) {
        Self.withSurroundings { surroundings in
            // F0 of frame 48, which is that of frames 60 to 63, went with the frame.
            #expect(surroundings.restingIntensity(before: frame) == nil)
            let isHeld = (60..<100).contains(frame)
            #expect((surroundings.classes(ofFrame: frame) != nil) == isHeld)
            if !isHeld { #expect(surroundings.brightness(ofFrame: frame) == 1) }
        }
    }

    @Test func brightnessIsBoundedAndOneWhereTooLittleIsQuiet() {
        let count = Self.size.pixelCount
        let cell = [UInt8](repeating: 1, count: count)
        var history = LabelHistory(size: Self.size, capacity: 4, cellLabels: cell)
        let baseline = [Float](repeating: 0.1, count: count)
        // Frame 0 is five times as light as F0, frame 1 a tenth; frame 2 has 5 quiet pixels of 24, frame 3 no F0.
        let quiet = [UInt8](repeating: EventClass.background, count: count)
        let busy = (0..<count).map { $0 < 5 ? EventClass.background : EventClass.wave.rawValue }
        history.append(
            classes: quiet + quiet + busy + quiet,
            intensity: [0.5, 0.01, 0.15, 0.15].flatMap { [Float](repeating: $0, count: count) },
            baseline: baseline + baseline + baseline + [Float](repeating: .nan, count: count)
        )
        let intensity = [Float](repeating: 0, count: count)
        intensity.withUnsafeBufferPointer { intensity in
            history.withPlanes { planes in
                let surroundings = SurroundingFrames(
                    size: Self.size,
                    frames: 3..<4,
                    intensity: intensity.baseAddress!,
                    intensityCapacity: 1,
                    labels: planes
                )
                #expect((0..<4).map { surroundings.brightness(ofFrame: $0) } == [2, 0.5, 1, 1])
            }
        }
    }

    /// F0 of two cells, of those frames whose F0 is kept, and what was not looked at before.
    @Test func restingLightIsTheMeanOverEveryCell() {
        let labels = (0..<Self.size.pixelCount).map { UInt8($0 < 6 ? 1 : $0 < 18 ? 2 : 0) }
        var history = LabelHistory(size: Self.size, capacity: 40, cellLabels: labels)
        for frame in 0..<64 {
            history.append(
                classes: [UInt8](repeating: EventClass.background, count: labels.count),
                intensity: labels.map { $0 == 0 ? 0.1 : 0.5 },
                baseline: labels.map { $0 == 0 ? 0.1 : $0 == 1 ? 0.4 + Float(frame) / 1000 : 0.2 }
            )
        }
        let light = history.restingLight(in: 20..<64, countsPerUnit: 1000, origin: 5000)
        // Frames 24 to 63 are held; F0 is kept of every sixteenth.
        #expect(light.map(\.frame) == [5032, 5032, 5048, 5048] && light.map(\.cell) == [1, 2, 1, 2])
        for (value, expected) in zip(light.map(\.counts), [432.0, 200, 448, 200]) {
            #expect(abs(value - expected) < 0.01)
        }
        let blank = history.cells?.cells.map { Double($0.blank.light) * 1000 } ?? []
        #expect(light.map(\.blankCounts) == blank + blank)
    }
}
