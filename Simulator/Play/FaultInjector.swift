/// How often what goes wrong on the way from a camera to the detector.
struct FaultRates: Equatable {
    /// Frames that the camera misses: a gap in `frame`, none in `message_num`.
    var skip = 0.0
    /// Messages that are lost on the way: a gap in both numbers.
    var drop = 0.0
    /// Messages that arrive twice.
    var duplicate = 0.0
    /// Messages that arrive after the one behind them.
    var reorder = 0.0
    /// Messages that arrive damaged.
    var corrupt = 0.0
    /// Longest random delay of a message, in ms.
    var jitterMilliseconds = 0.0
}

/// A kind of damage to a message.
package enum Corruption: String, Sendable, Codable, CaseIterable {
    /// The header breaks off.
    case badJSON = "bad_json"
    /// The pixels break off.
    case wrongByteCount = "wrong_byte_count"
    /// The header announces more rows than there are.
    case lyingShape = "lying_shape"
    /// The message ends after the header.
    case missingPixels = "missing_pixels"

    /// Damages a message of a header and pixels.
    ///
    /// - Parameters:
    ///   - parts: Header and pixels.
    ///   - lyingHeader: A header that announces more rows.
    /// - Returns: The parts to send instead.
    func apply(to parts: [[UInt8]], lyingHeader: [UInt8]) -> [[UInt8]] {
        switch self {
        case .badJSON: [Array(parts[0].prefix(parts[0].count / 2)), parts[1]]
        case .wrongByteCount: [parts[0], Array(parts[1].prefix(parts[1].count / 2 + 1))]
        case .lyingShape: [lyingHeader, parts[1]]
        case .missingPixels: [parts[0]]
        }
    }
}

/// What happens to one frame.
struct FrameFate: Equatable {
    var isSkipped = false
    var isDropped = false
    var isDuplicated = false
    var isDelayedBehindNext = false
    var corruption: Corruption?
    var delayMilliseconds = 0.0
}

/// Draws the fate of each frame from a seed.
struct FaultInjector {
    private let rates: FaultRates
    private var random: SeededRandom

    init(rates: FaultRates, seed: UInt64) {
        self.rates = rates
        random = SeededRandom(seed: seed).stream(0xFA_017)
    }

    /// Decides what happens to the next frame; at most one fault befalls it, beside its delay.
    mutating func next() -> FrameFate {
        var fate = FrameFate()
        // Always the same number of draws, so that the rate of one fault does not move the others.
        let draws = (0..<5).map { _ in random.uniform() }
        let kind = random.integer(0...Corruption.allCases.count - 1)
        fate.delayMilliseconds = random.uniform() * rates.jitterMilliseconds
        if draws[0] < rates.skip {
            fate.isSkipped = true
        } else if draws[1] < rates.drop {
            fate.isDropped = true
        } else if draws[2] < rates.corrupt {
            fate.corruption = Corruption.allCases[kind]
        } else if draws[3] < rates.duplicate {
            fate.isDuplicated = true
        } else if draws[4] < rates.reorder {
            fate.isDelayedBehindNext = true
        }
        return fate
    }
}
