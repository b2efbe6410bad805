import Imaging
package import Session

/// What a run has counted so far, in heartbeats, or what a series came to, at its end.
package struct RunCounters: Codable, Sendable, Equatable {
    package var framesReceived = 0
    /// Frames that the source never sent or lost before sending.
    package var missingFromSource = 0
    /// Frames that were sent and never arrived.
    package var missingInTransport = 0
    /// Lost frames that were replaced by the one before.
    package var framesHeld = 0
    /// Frames without light, which F0 leaves out; nil in journals of old.
    @NullEncoded package var framesWithoutLight: Int?
    /// Messages that were refused, by reason.
    package var refused: [String: Int] = [:]
    /// Connections that were turned away, by what listens and why; nil if none was.
    @NullEncoded package var connectionsRefused: [String: Int]?
    /// Frames that found the ring full.
    package var overflow = 0
    /// Series that were left out, mostly because memory does not suffice for their frames.
    package var seriesRefused = 0
    package var windowsDone = 0
    /// Most frames that ever waited for detection at once; 0 where they come from a file, nil in journals of old.
    @NullEncoded package var largestBacklog: Int?
    /// Final events by class name.
    package var events: [String: Int] = [:]
    /// Frames written to disk, and received frames that the disk did not take; 0 without a recorder.
    package var framesRecorded = 0
    package var framesNotRecorded = 0
    /// Movies of waves that were written, and that were not; 0 where none are wanted.
    package var waveClips = 0
    package var waveClipsLost = 0
    /// Sounds of events that were played or written, and that were left out; 0 without sound.
    package var soundsPlayed = 0
    package var soundsDropped = 0
    /// What became of provisional events, by class name; nil if there are none to announce.
    @NullEncoded package var provisional: [String: ProvisionalCounters]?
    /// What trigger rules have done, by name; nil if there are none.
    @NullEncoded package var triggers: [String: TriggerCounters]?
    /// Recording time done per processing time; above 1 the detector keeps up.
    @NullEncoded package var realTimeFactor: Double?
    /// Percentiles of the total latency of the last events, in ms; set by the publisher.
    @NullEncoded package var latencyP50Milliseconds: Double?
    @NullEncoded package var latencyP95Milliseconds: Double?
    @NullEncoded package var latencyP99Milliseconds: Double?

    package init() {
        largestBacklog = nil
        framesWithoutLight = nil
        connectionsRefused = nil
        provisional = nil
        triggers = nil
        realTimeFactor = nil
        latencyP50Milliseconds = nil
        latencyP95Milliseconds = nil
        latencyP99Milliseconds = nil
    }

    mutating func setLatency(_ latency: LatencyPercentiles?) {
        latencyP50Milliseconds = latency?.p50Milliseconds.rounded(decimals: 1)
        latencyP95Milliseconds = latency?.p95Milliseconds.rounded(decimals: 1)
        latencyP99Milliseconds = latency?.p99Milliseconds.rounded(decimals: 1)
    }

    enum CodingKeys: String, CodingKey {
        case framesReceived = "frames_received"
        case missingFromSource = "missing_source"
        case missingInTransport = "missing_transport"
        case framesHeld = "frames_held"
        case framesWithoutLight = "frames_without_light"
        case refused
        case connectionsRefused = "connections_refused"
        case overflow
        case seriesRefused = "series_refused"
        case windowsDone = "windows_done"
        case largestBacklog = "backlog_max_frames"
        case events
        case framesRecorded = "frames_recorded"
        case framesNotRecorded = "frames_not_recorded"
        case waveClips = "wave_clips"
        case waveClipsLost = "wave_clips_lost"
        case soundsPlayed = "sounds_played"
        case soundsDropped = "sounds_dropped"
        case provisional, triggers
        case realTimeFactor = "rtf"
        case latencyP50Milliseconds = "latency_p50_ms"
        case latencyP95Milliseconds = "latency_p95_ms"
        case latencyP99Milliseconds = "latency_p99_ms"
    }
}

/// What has become of the provisional events of one class.
package struct ProvisionalCounters: Codable, Sendable, Equatable {
    package var announced: Int
    /// Final under the same class.
    package var confirmed: Int
    /// Final under another class.
    package var reclassified: Int
    /// Parts of other events.
    package var merged: Int
    /// Without a final event.
    package var retracted: Int
    /// Median time from the first announcement to the final event, in ms of the recording.
    @NullEncoded package var leadP50Milliseconds: Double?

    /// Confirmed ones of those whose fate is known, 0 to 1; nil before the first.
    package var confirmedShare: Double? {
        let decided = confirmed + reclassified + merged + retracted
        return decided > 0 ? Double(confirmed) / Double(decided) : nil
    }

    enum CodingKeys: String, CodingKey {
        case announced, confirmed, reclassified, merged, retracted
        case leadP50Milliseconds = "lead_p50_ms"
    }
}

/// What a trigger rule has done so far.
package struct TriggerCounters: Codable, Sendable, Equatable {
    package var isArmed: Bool
    package var fired: Int
    package var suppressed: Int
    /// Actions that were acknowledged, and those that were not or had no room.
    package var acknowledged: Int
    package var failed: Int

    package init(isArmed: Bool, fired: Int, suppressed: Int, acknowledged: Int, failed: Int) {
        self.isArmed = isArmed
        self.fired = fired
        self.suppressed = suppressed
        self.acknowledged = acknowledged
        self.failed = failed
    }

    /// What was done since an earlier state of the rule.
    package func since(_ start: TriggerCounters) -> TriggerCounters {
        TriggerCounters(
            isArmed: isArmed,
            fired: fired - start.fired,
            suppressed: suppressed - start.suppressed,
            acknowledged: acknowledged - start.acknowledged,
            failed: failed - start.failed
        )
    }

    enum CodingKeys: String, CodingKey {
        case isArmed = "armed"
        case fired, suppressed, acknowledged, failed
    }
}

extension RunCounters {
    /// Takes over what detection has counted.
    package mutating func include(_ progress: SessionProgress) {
        seriesRefused = progress.refusedSeriesCount
        windowsDone = progress.windowCount
        framesWithoutLight = progress.darkFrameCount
        largestBacklog = progress.largestBacklog
        for eventClass in EventClass.allCases { events[eventClass.name] = progress.eventCounts[eventClass] ?? 0 }
        if !progress.provisional.isEmpty {
            provisional = Dictionary(
                uniqueKeysWithValues: progress.provisional.map { ($0.key.name, ProvisionalCounters($0.value)) }
            )
        }
        realTimeFactor = progress.realTimeFactor?.rounded(decimals: 2)
    }

    /// Takes over what became of the frames of a series.
    package mutating func include(_ frames: SeriesOutcome.FrameCounts) {
        framesReceived = frames.received
        missingFromSource = frames.missingFromSource
        missingInTransport = frames.missingInTransport
        framesHeld = frames.held
        overflow = frames.overflow
    }
}

extension ProvisionalCounters {
    package init(_ progress: ProvisionalProgress) {
        self.init(
            announced: progress.announced,
            confirmed: progress.confirmed,
            reclassified: progress.reclassified,
            merged: progress.merged,
            retracted: progress.retracted,
            leadP50Milliseconds: progress.medianLeadMilliseconds?.rounded(decimals: 1)
        )
    }
}
