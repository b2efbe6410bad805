import Foundation
import Imaging

/// How the light that reaches the specimen changes; nothing of it is an event.
package struct IlluminationStyle: Sendable, Codable, Equatable {
    package var shutters: [Shutter] = []
    package var steps: [Step] = []
    package var swelling: Swelling?
    package var wash: Wash?

    /// Light that stays as it is.
    package static let steady = IlluminationStyle()

    /// Frames in which the shutter is closed.
    package struct Shutter: Sendable, Codable, Equatable {
        package var firstFrame: Int
        package var endFrame: Int
        /// Share of the light that gets through all the same.
        package var leak: Double

        package init(firstFrame: Int, endFrame: Int, leak: Double) {
            self.firstFrame = firstFrame
            self.endFrame = endFrame
            self.leak = leak
        }

        /// A dark start, a dark end, or a gap.
        static func sampled(frameCount: Int, random: inout SeededRandom) -> Shutter {
            let length = min(frameCount, Int(random.logUniform(5...120)))
            let rest = frameCount - length
            let first = [0, rest, random.integer(0...rest)][random.integer(0...2)]
            let leak = random.chance(0.5) ? 0 : random.uniform(0...0.1)
            return Shutter(firstFrame: first, endFrame: first + length, leak: leak)
        }
    }

    /// A change of the laser's power that stays.
    package struct Step: Sendable, Codable, Equatable {
        package var frame: Int
        package var factor: Double

        package init(frame: Int, factor: Double) {
            self.frame = frame
            self.factor = factor
        }

        static func sampled(frameCount: Int, random: inout SeededRandom) -> Step {
            Step(frame: random.integer(1...frameCount - 1), factor: random.logUniform(0.6...1.6))
        }
    }

    /// Light that rises and falls as a sine.
    package struct Swelling: Sendable, Codable, Equatable {
        package var relativeAmplitude: Double
        package var hertz: Double
        package var phase: Double

        static func sampled(random: inout SeededRandom) -> Swelling {
            Swelling(
                relativeAmplitude: random.logUniform(0.03...0.3),
                hertz: random.logUniform(0.15...6),
                phase: random.uniform(0...2 * .pi)
            )
        }
    }

    /// An edge of another solution, or of a bubble's shadow, that runs across the frame and dims or lights what it has passed.
    package struct Wash: Sendable, Codable, Equatable {
        package var onsetFrame: Double
        /// Along x; negative from right to left.
        package var pixelsPerFrame: Double
        package var edgePixels: Double
        package var relativeChange: Double
        /// After so many frames it has fallen to 1 / e; infinite changes stay, and are written as nil.
        package var decayFrames: Double?

        static func sampled(frameCount: Int, calibration: Calibration, random: inout SeededRandom) -> Wash {
            let pixelsPerSecond = random.logUniform(60...3000) / calibration.pixelSizeMicrometres
            return Wash(
                onsetFrame: random.uniform(0...0.8) * Double(frameCount),
                pixelsPerFrame: pixelsPerSecond * calibration.frameIntervalMilliseconds / 1000
                    * (random.chance(0.5) ? 1 : -1),
                edgePixels: random.logUniform(8...80),
                relativeChange: random.uniform(0.03...0.25) * (random.chance(0.5) ? 1 : -1),
                decayFrames: random.chance(0.5)
                    ? nil : random.logUniform(0.1...2) * 1000 / calibration.frameIntervalMilliseconds
            )
        }
    }
}

extension IlluminationStyle {
    /// True if a frame is too dark for anybody to see an event in it.
    func isDark(frame: Int) -> Bool {
        shutters.contains { (($0.firstFrame..<$0.endFrame).contains(frame)) && $0.leak < 0.2 }
    }

    /// Changes the light of a frame, `[y][x]`.
    func apply(to photons: inout [Float], frame: Int, width: Int, frameIntervalMilliseconds: Double) {
        let seconds = Double(frame) * frameIntervalMilliseconds / 1000
        var factor = 1.0
        for shutter in shutters where (shutter.firstFrame..<shutter.endFrame).contains(frame) { factor *= shutter.leak }
        for step in steps where frame >= step.frame { factor *= step.factor }
        if let swelling {
            factor *= 1 + swelling.relativeAmplitude * sin(2 * .pi * swelling.hertz * seconds + swelling.phase)
        }
        let columns = (0..<width).map { x in Float(factor * (wash?.factor(column: x, width: width, frame: frame) ?? 1))
        }
        for index in photons.indices { photons[index] *= columns[index % width] }
    }
}

extension IlluminationStyle.Wash {
    /// Light of a column in a frame, 1 before the edge has come.
    func factor(column: Int, width: Int, frame: Int) -> Double {
        let way = Double(pixelsPerFrame > 0 ? column : width - 1 - column)
        let since = Double(frame) - onsetFrame - way / abs(pixelsPerFrame)
        let edgeFrames = max(edgePixels / abs(pixelsPerFrame), 1)
        let passed = 1 / (1 + exp(-4 * since / edgeFrames))
        let left = decayFrames.map { since > 0 ? exp(-since / $0) : 1 } ?? 1
        return 1 + relativeChange * passed * left
    }
}
