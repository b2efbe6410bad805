import Imaging
package import Session

/// What was found about how a series is recorded, in the first seconds of it.
package struct ExaminationMessage: WireMessage {
    /// One thing that was looked at.
    package struct Finding: Codable, Sendable, Equatable {
        package var name: Check.Name
        package var grade: Check.Grade
        /// As a number in ``unit``; nil where it is none, or not known.
        @NullEncoded package var value: Double?
        package var unit: String
        /// The value for people, what a good one is, and what to do.
        package var text: String
        package var limit: String
        @NullEncoded package var advice: String?

        package init(_ check: Check) {
            name = check.name
            grade = check.grade
            value = check.value?.rounded(decimals: 4)
            unit = check.unit
            text = check.text
            limit = check.limit
            advice = check.advice
        }
    }

    package var seriesID: String
    package var stream: String
    /// The worst grade.
    package var verdict: Check.Grade
    /// The verdict for people.
    package var message: String
    /// Frames that the examination rests on.
    package var frameCount: Int
    package var checks: [Finding]

    package var topic: Topic { .examination }

    package init(_ examination: Examination, of context: SeriesContext) {
        self.init(examination, seriesID: context.seriesID, stream: context.stream)
    }

    package init(_ examination: Examination, seriesID: String, stream: String) {
        self.seriesID = seriesID
        self.stream = stream
        verdict = examination.verdict
        message = examination.summary
        frameCount = examination.frameCount
        checks = examination.checks.map(Finding.init)
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case stream, verdict, message, checks
        case frameCount = "frames"
    }
}
