package import Session

/// Frames are missing, and what the detector did about it.
package struct GapMessage: WireMessage {
    package var seriesID: String
    package var stream: String
    package var origin: Gap.Origin
    package var action: Gap.Action
    /// Acquisition index of the first missing frame.
    package var firstFrame: Int
    package var frameCount: Int

    package var topic: Topic { .gap }

    package init(_ gap: Gap, in context: SeriesContext) {
        seriesID = context.seriesID
        stream = context.stream
        origin = gap.origin
        action = gap.action
        firstFrame = gap.firstFrame
        frameCount = gap.frameCount
    }

    enum CodingKeys: String, CodingKey {
        case seriesID = "series_id"
        case stream, origin, action
        case firstFrame = "first_missing_frame"
        case frameCount = "missing_frames"
    }
}

/// A change in how well the detector works, in words.
package struct StatusMessage: WireMessage {
    package var status: HealthStatus
    package var code: Health.Code
    /// What happened and what to do, for people.
    package var message: String

    package var topic: Topic { .status }

    package init(_ health: Health) {
        status = health.status
        code = health.code
        message = health.message
    }

    package init(status: HealthStatus, code: Health.Code, message: String) {
        self.init(Health(status: status, code: code, message: message))
    }
}
