import Foundation

/// How a cell moves in view of the camera, as a function of time.
///
/// Written as parts with commas between them, each a name, `=` and numbers: `vibration-y=1@25,drift-x=3,lines`.
///
/// | part | meaning |
/// |---|---|
/// | `drift-x=V` | steady drift, V pixels per second |
/// | `sway-x=A@F` | sine of A pixels and F Hz |
/// | `vibration-x=A@F` | sine of F Hz whose amplitude rises and falls between A / 2 and A pixels |
/// | `jitter-x=S` | another place in every frame, with standard deviation S pixels |
/// | `contraction=A@F` | F times a second the ends come nearer by A pixels each, within 40 ms, and relax with 120 ms |
/// | `contracture=A` | the ends come nearer by A pixels each in the middle of the recording and stay there |
/// | `focus=S@F` | the picture blurs to a Gaussian of S pixels and back, F times a second |
/// | `lines` | rows are exposed one after another, as a line scanner does, not all at once |
///
/// Those that end in `-x` exist with `-y`, too. Displacements are of the cell: + is downwards and to the right.
package struct Movement: Sendable, Equatable {
    enum Axis: String, Sendable {
        case y, x
    }

    enum Part: Sendable, Equatable {
        case drift(Axis, pixelsPerSecond: Double)
        case sway(Axis, pixels: Double, hertz: Double)
        case vibration(Axis, pixels: Double, hertz: Double)
        case jitter(Axis, pixels: Double)
        case contraction(pixels: Double, hertz: Double)
        case contracture(pixels: Double)
        case focus(pixels: Double, hertz: Double)
        case lines
    }

    /// As it was written.
    package let text: String
    let parts: [Part]
    private let seed: UInt64

    private static let riseSeconds = 0.04
    private static let relaxationSeconds = 0.12
    private static let contractureSeconds = 0.3
    /// The amplitude of a vibration comes back after so many seconds.
    private static let beatSeconds = 1.3

    /// Reads a movement.
    ///
    /// - Parameters:
    ///   - text: Parts, see above.
    ///   - seed: Decides what is left to chance.
    /// - Throws: ``MovementError``.
    package init(_ text: String, seed: UInt64 = 1) throws(MovementError) {
        self.text = text
        self.seed = seed
        var parts: [Part] = []
        for word in text.split(separator: ",") { parts.append(try Self.part(String(word))) }
        guard !parts.isEmpty else { throw MovementError(part: text) }
        self.parts = parts
    }

    private static func part(_ word: String) throws(MovementError) -> Part {
        if word == "lines" { return .lines }
        let sides = word.split(separator: "=", maxSplits: 1)
        let numbers = (sides.count == 2 ? sides[1] : "").split(separator: "@").map { Double($0) ?? .nan }
        guard let name = sides.first, numbers.allSatisfy({ abs($0) <= 1000 }) else { throw MovementError(part: word) }
        let halves = name.split(separator: "-")
        let axis = halves.count == 2 ? Axis(rawValue: String(halves[1])) : nil
        switch (String(halves[0]), axis, halves.count, numbers.count) {
        case ("drift", let axis?, 2, 1): return .drift(axis, pixelsPerSecond: numbers[0])
        case ("sway", let axis?, 2, 2): return .sway(axis, pixels: numbers[0], hertz: numbers[1])
        case ("vibration", let axis?, 2, 2): return .vibration(axis, pixels: numbers[0], hertz: numbers[1])
        case ("jitter", let axis?, 2, 1): return .jitter(axis, pixels: numbers[0])
        case ("contraction", nil, 1, 2) where numbers[1] > 0:
            return .contraction(pixels: numbers[0], hertz: numbers[1])
        case ("contracture", nil, 1, 1): return .contracture(pixels: numbers[0])
        case ("focus", nil, 1, 2): return .focus(pixels: numbers[0], hertz: numbers[1])
        default: throw MovementError(part: word)
        }
    }

    /// True if rows are exposed one after another.
    var isLineWise: Bool { parts.contains(.lines) }

    /// Where the whole cell is, in pixels from where it was.
    ///
    /// - Parameters:
    ///   - seconds: Time from the first frame.
    ///   - frame: The frame that is being exposed.
    /// - Returns: Downwards and to the right.
    func shift(seconds: Double, frame: Int) -> (y: Double, x: Double) {
        var (y, x) = (0.0, 0.0)
        func add(_ axis: Axis, _ pixels: Double) { if axis == .y { y += pixels } else { x += pixels } }
        for (index, part) in parts.enumerated() {
            switch part {
            case .drift(let axis, let speed): add(axis, speed * seconds)
            case .sway(let axis, let pixels, let hertz): add(axis, pixels * sin(2 * .pi * hertz * seconds))
            case .vibration(let axis, let pixels, let hertz):
                let envelope = 0.75 + 0.25 * cos(2 * .pi * seconds / Self.beatSeconds)
                add(axis, pixels * envelope * sin(2 * .pi * hertz * seconds))
            case .jitter(let axis, let pixels):
                var random = SeededRandom(seed: seed).stream(UInt64(index)).stream(UInt64(frame))
                add(axis, pixels * random.normal())
            case .contraction, .contracture, .focus, .lines: break
            }
        }
        return (y, x)
    }

    /// How far the ends of the cell have come nearer, in pixels.
    func contraction(seconds: Double, duration: Double) -> Double {
        parts.reduce(0) { sum, part in
            switch part {
            case .contraction(let pixels, let hertz):
                let since = seconds - (seconds * hertz).rounded(.down) / hertz
                let rise = min(1, since / Self.riseSeconds)
                return sum + pixels * rise * exp(-max(0, since - Self.riseSeconds) / Self.relaxationSeconds)
            case .contracture(let pixels):
                return sum + pixels * min(max(0, (seconds - duration / 2) / Self.contractureSeconds), 1)
            default: return sum
            }
        }
    }

    /// Blur, as the standard deviation of a Gaussian and the share of light that has it.
    func blur(seconds: Double) -> (pixels: Double, share: Double)? {
        for case .focus(let pixels, let hertz) in parts {
            return (pixels, 0.5 - 0.5 * cos(2 * .pi * hertz * seconds))
        }
        return nil
    }
}

/// A movement that cannot be read.
package struct MovementError: Error, Equatable, CustomStringConvertible {
    let part: String

    package var description: String {
        """
        "\(part)" is no movement. Use one or more of drift-x=PIXELS_PER_SECOND, sway-x=PIXELS@HERTZ, \
        vibration-x=PIXELS@HERTZ, jitter-x=PIXELS (or -y instead of -x), contraction=PIXELS@HERTZ, contracture=PIXELS, \
        focus=PIXELS@HERTZ, lines, with commas between them and numbers up to 1000.
        """
    }
}
