/// One thing that a careful colleague would look at before trusting a recording.
package struct Check: Sendable, Equatable {
    /// What was looked at; the raw values are published names.
    package enum Name: String, Sendable, CaseIterable, Codable {
        case bitDepth = "bit_depth"
        case saturation
        case darkLevel = "dark_level"
        case darkFrames = "dark_frames"
        case repeatedFrames = "repeated_frames"
        case channels
        case bleaching
        case flicker
        case motion
        case light
        case signalToNoise = "snr"
        case pixelSize = "pixel_size"
        case frameInterval = "frame_interval"
        case style
        case speed
    }

    /// How it is; what is not known is not good.
    package enum Grade: String, Sendable, Codable, Comparable {
        case good
        /// It could not be found out.
        case unknown
        /// Results are usable, with care.
        case notice
        /// Results would be wrong or missing.
        case bad

        private var rank: Int {
            switch self {
            case .good: 0
            case .unknown: 1
            case .notice: 2
            case .bad: 3
            }
        }

        package static func < (left: Grade, right: Grade) -> Bool { left.rank < right.rank }
    }

    package var name: Name
    package var grade: Grade
    /// As a number in ``unit``; nil where it is none, or not known.
    package var value: Double?
    package var unit: String
    /// The value for people.
    package var text: String
    /// What a good value is.
    package var limit: String
    /// What it means and what to do; nil where nothing is to be done.
    package var advice: String?

    package init(
        _ name: Name,
        _ grade: Grade,
        value: Double? = nil,
        unit: String = "",
        text: String,
        limit: String,
        advice: String? = nil
    ) {
        self.name = name
        self.grade = grade
        self.value = value
        self.unit = unit
        self.text = text
        self.limit = limit
        self.advice = grade == .good ? nil : advice
    }

    /// The check in a line.
    package var line: String {
        let name = name.rawValue.split(separator: "_").joined(separator: " ")
        return "\(name): \(text) (\(limit))" + (advice.map { ": \($0)" } ?? "")
    }
}

/// What all checks of a recording come to.
package struct Examination: Sendable, Equatable {
    /// Frames that it rests on.
    package var frameCount: Int
    package var checks: [Check]

    package init(frameCount: Int, checks: [Check]) {
        self.frameCount = frameCount
        self.checks = checks
    }

    /// The worst grade.
    package var verdict: Check.Grade { checks.map(\.grade).max() ?? .unknown }

    /// Checks that somebody should look at, the worst first.
    package var findings: [Check] {
        checks.filter { $0.grade == .bad } + checks.filter { $0.grade == .notice }
    }

    /// The verdict in a line.
    package var summary: String {
        let findings = findings
        guard !findings.isEmpty else {
            return "recording looks good (\(checks.count) checks over \(frameCount) frames)"
        }
        let names = findings.map { "\($0.name.rawValue) \($0.text)" }.joined(separator: "; ")
        let word = verdict == .bad ? "recording is not good" : "recording wants a look"
        return "\(word), \(findings.count) of \(checks.count) checks over \(frameCount) frames: \(names)"
    }
}
