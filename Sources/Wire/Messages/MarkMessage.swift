import Foundation

/// A step of the experiment's protocol, such as `ISO 100 nM`: what comes behind it is counted on its own.
package struct MarkMessage: WireMessage {
    /// Who set the mark.
    package enum Origin: String, Codable, Sendable {
        /// Somebody at the live page.
        case page
        /// A program, by a ZeroMQ request.
        case request
    }

    /// The series under way; null if there was none.
    @NullEncoded package var seriesID: String?
    /// Acquisition index of the newest frame when the mark was set, or when somebody began to write its label; null
    /// without a series.
    @NullEncoded package var frame: Int?
    package var label: String
    package var origin: Origin

    package var topic: Topic { .mark }

    package init(seriesID: String?, frame: Int?, label: String, origin: Origin) {
        self.label = label
        self.origin = origin
        self.seriesID = seriesID
        self.frame = frame
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case frame, label, origin
    }

    /// Longest label, in characters.
    package static let longestLabel = 80

    /// A label without blanks around it; nil if nothing is left, it is too long, or it holds control characters.
    package static func label(_ text: String) -> String? {
        let label = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let isPlain = label.unicodeScalars.allSatisfy { !CharacterSet.controlCharacters.contains($0) }
        return label.isEmpty || label.count > longestLabel || !isPlain ? nil : label
    }
}
