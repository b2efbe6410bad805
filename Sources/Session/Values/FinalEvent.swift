package import Detection

/// When the frames that an event rests on were taken and arrived; everything unknown for a movie from file.
package struct EventTiming: Sendable, Equatable {
    /// Acquisition time of the peak frame since 1970, UTC, in ns.
    package var peakAcquiredNanoseconds: Int64?
    /// Acquisition index of the newest frame that the decision needed.
    package var newestFrame: Int?
    /// Arrival of that frame since 1970, UTC, in ns.
    package var newestFrameArrivedNanoseconds: Int64?

    package init(
        peakAcquiredNanoseconds: Int64? = nil,
        newestFrame: Int? = nil,
        newestFrameArrivedNanoseconds: Int64? = nil
    ) {
        self.peakAcquiredNanoseconds = peakAcquiredNanoseconds
        self.newestFrame = newestFrame
        self.newestFrameArrivedNanoseconds = newestFrameArrivedNanoseconds
    }
}

/// An event that nothing can change any more.
package struct FinalEvent: Sendable, Equatable {
    package var event: CalciumEvent
    /// Number and revision.
    package var identity: EventIdentity
    package var timing: EventTiming

    /// - Parameters:
    ///   - event: What was measured.
    ///   - identity: Nil for an event that bears the number of its own.
    ///   - timing: When its frames were taken and arrived.
    package init(_ event: CalciumEvent, identity: EventIdentity? = nil, timing: EventTiming = EventTiming()) {
        self.event = event
        self.identity = identity ?? EventIdentity(number: event.number)
        self.timing = timing
    }
}

/// What one window says of events that are not final.
package struct ProvisionalUpdate: Sendable, Equatable {
    /// An event that was found in the newest frames or grew there.
    package struct Found: Sendable, Equatable {
        package var event: ProvisionalEvent
        package var timing: EventTiming

        package init(_ event: ProvisionalEvent, timing: EventTiming) {
            self.event = event
            self.timing = timing
        }
    }

    package var found: [Found]
    /// Those that were taken back.
    package var retracted: [RetractedEvent]
    /// Acquisition index of the newest frame that the window needed.
    package var newestFrame: Int

    package init(found: [Found], retracted: [RetractedEvent], newestFrame: Int) {
        self.found = found
        self.retracted = retracted
        self.newestFrame = newestFrame
    }
}

/// How certain an event is.
package enum EventState: String, Codable, Sendable {
    /// Found in the newest frames; it ends as final or retracted, with the same identifier.
    case provisional
    /// Nothing can change it any more.
    case final
    /// It did not become final as what it was announced.
    case retracted
}
