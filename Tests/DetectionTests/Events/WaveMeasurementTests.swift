import Detection
import Foundation
import Imaging
import TestSupport
import Testing

/// Waves whose speed, direction and extent are known, measured as those of a labelled movie are.
@Suite struct WaveMeasurementTests {
    /// A movie that one wave runs through.
    struct PlaneWave {
        var size: FrameSize
        var calibration: Calibration
        /// Pixels that the wave sweeps.
        var rows: Range<Int>
        var columns: Range<Int>
        /// Frame in which a pixel is reached.
        var arrival: (_ row: Double, _ column: Double) -> Double

        static let amplitude = 1.5
        static let lastFrames = 70

        /// Rise with four frames, decay with twenty; 1 at the peak.
        static func course(_ time: Double) -> Double {
            time <= 0 ? 0 : 1.7172 * (1 - exp(-time / 4)) * exp(-time / 20)
        }

        /// Light on a resting level of 1000 counts with some noise; labelled from 15 % of the peak on.
        func measured() throws -> CalciumEvent {
            let corners = [
                (rows.lowerBound, columns.lowerBound), (rows.lowerBound, columns.upperBound),
                (rows.upperBound, columns.lowerBound), (rows.upperBound, columns.upperBound),
            ]
            let last = corners.map { arrival(Double($0.0), Double($0.1)) }.max() ?? 0
            let frameCount = Int(last) + Self.lastFrames
            let pixelCount = size.pixelCount
            var random = SeededGenerator(seed: 12)
            var counts = (0..<frameCount * pixelCount).map { _ in Float(970 + random.next() % 61) }
            var classes = [UInt8](repeating: EventClass.background, count: counts.count)
            for row in rows {
                for column in columns {
                    let reached = arrival(Double(row), Double(column))
                    for frame in Int(reached)..<frameCount {
                        let height = Self.course(Double(frame) - reached)
                        let voxel = frame * pixelCount + row * size.width + column
                        counts[voxel] += Float(1000 * Self.amplitude * height)
                        if height > 0.15 { classes[voxel] = EventClass.wave.rawValue }
                    }
                }
            }
            let movie = LabelledMovie(
                size: size,
                counts: counts,
                classes: classes,
                instances: classes.map { $0 == EventClass.background ? 0 : 1 },
                darkLevelCounts: 0,
                calibration: calibration
            )
            try #require(movie.events.count == 1)
            return movie.events[0]
        }
    }

    /// Frames before a wave, enough for F0.
    static let start = 60.0

    /// Waves along a strip, in micrometres per second; pixels of 0.2 and 0.4 µm.
    @Test(arguments: [(0.0, 0.2, 110.0), (180, 0.4, 150), (90, 0.4, 75), (-90, 0.2, 75)])
    func speedDirectionAreaAndOriginAreThoseOfThePlaneWave(
        direction: Double,
        pixelSize: Double,
        speed: Double
    ) throws {
        let calibration = Calibration(pixelSizeMicrometres: pixelSize, frameIntervalMilliseconds: 6.8)
        let pixelsPerFrame = speed * 0.0068 / pixelSize
        // The strip lies along the wave, two pixels of margin on each side, 16 pixels before and behind.
        let isDown = abs(direction) == 90
        let (along, across) = (16..<112, 2..<22)
        let isBackwards = direction == 180 || direction == -90
        let from = Double(isBackwards ? along.upperBound - 1 : along.lowerBound)
        let wave = PlaneWave(
            size: isDown ? FrameSize(height: 128, width: 24) : FrameSize(height: 24, width: 128),
            calibration: calibration,
            rows: isDown ? along : across,
            columns: isDown ? across : along,
            arrival: { row, column in Self.start + abs((isDown ? row : column) - from) / pixelsPerFrame }
        )
        let event = try wave.measured()
        let values = event.parameters
        let lineScan = try #require(values[.waveSpeedLineScan])
        #expect(abs(lineScan / speed - 1) < 0.05, "\(lineScan) µm/s")
        let measured = try #require(values[.waveDirection])
        #expect(abs(remainder(measured - direction, 360)) < 2, "\(measured) degrees")
        let area = try #require(values[.waveSweptArea])
        #expect(abs(area - Double(along.count * across.count) * pixelSize * pixelSize) < 1e-9)

        // The first tiles: their centres are within a micrometre or so of where the wave starts.
        let x = try #require(values[.waveOriginX])
        let y = try #require(values[.waveOriginY])
        let (main, side) = isDown ? (y, x) : (x, y)
        #expect(abs(main - from * pixelSize) < 1.6, "\(main) µm")
        #expect((2 * pixelSize...22 * pixelSize).contains(side), "\(side) µm")
        let onset = try #require(values[.onset])
        #expect(abs(onset - Self.start * 6.8) < 2 * 6.8, "\(onset) ms")
        let amplitude = try #require(values[.amplitude])
        #expect(abs(amplitude / PlaneWave.amplitude - 1) < 0.1, "\(amplitude)")
        #expect(event.unavailable.keys.allSatisfy { values[$0] == nil })
    }

    @Test(arguments: [30.0, -120])
    func anObliqueWaveHasItsDirection(direction: Double) throws {
        let (dx, dy) = (cos(direction * .pi / 180), sin(direction * .pi / 180))
        let wave = PlaneWave(
            size: FrameSize(height: 48, width: 48),
            calibration: .published,
            rows: 2..<46,
            columns: 2..<46,
            arrival: { row, column in Self.start + ((column - 24) * dx + (row - 24) * dy + 32) / 2 }
        )
        let values = try wave.measured().parameters
        let measured = try #require(values[.waveDirection])
        #expect(abs(remainder(measured - direction, 360)) < 3, "\(measured) degrees")
        // It starts in the corner where it comes from.
        let x = try #require(values[.waveOriginX])
        let y = try #require(values[.waveOriginY])
        #expect((x - 4.8) * dx < 0 && (y - 4.8) * dy < 0, "\(x), \(y) µm")
    }

    @Test func whatRisesEverywhereAtOnceHasNeitherSpeedNorDirection() throws {
        let wave = PlaneWave(
            size: FrameSize(height: 24, width: 128),
            calibration: .published,
            rows: 2..<22,
            columns: 16..<112,
            arrival: { _, _ in Self.start }
        )
        let event = try wave.measured()
        #expect(event.parameters[.waveDirection] == nil)
        #expect(event.unavailable[.waveDirection] == .noSingleDirection)
        #expect(event.parameters[.waveSpeedLineScan] == nil)
        #expect(event.unavailable[.waveSpeedLineScan] == .fasterThanFrames)
        #expect(event.parameters[.waveSweptArea] != nil && event.parameters[.amplitude] != nil)
    }

    @Test func whatCoversTooFewTilesIsNotTimed() throws {
        let wave = PlaneWave(
            size: FrameSize(height: 24, width: 64),
            calibration: .published,
            rows: 4..<14,
            columns: 20..<34,
            arrival: { _, column in Self.start + column / 3 }
        )
        let event = try wave.measured()
        #expect(event.parameters[.waveSpeedLineScan] == nil && event.parameters[.waveDirection] == nil)
        #expect(event.unavailable[.waveSpeedLineScan] == .tooFewSamples)
        #expect(event.unavailable[.waveDirection] == .tooFewSamples)
        #expect(abs(try #require(event.parameters[.waveSweptArea]) - 140 * 0.04) < 1e-9)
    }
}
