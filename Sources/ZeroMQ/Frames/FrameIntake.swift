import Imaging
package import Session
package import Wire

/// Takes received frames to the ring, wherever they come from: decodes, sequences, fills gaps.
///
/// It has no socket, no clock and no thread of its own. A message that is refused or left out changes a counter and nothing else.
package struct FrameIntake {
    private let ring: FrameRing
    private var recording: RecordingTap
    private let limits: FrameLimits
    private let log: @Sendable (String) -> Void
    private var sequencer: FrameSequencer
    private var channels: ChannelFilter
    private let clock = SenderClock()
    private var hasUnusualClock = false
    package private(set) var receivedMessages = 0
    package private(set) var refusedMessages: [FrameRefusal.Reason: Int] = [:]

    /// Refusals before the present series.
    private var earlierRefusals: [String: Int] = [:]
    /// The start message of the series to come.
    private var announcement: SeriesStartHeader?
    package private(set) var hasOpenSeries = false
    /// The frame at hand and the one before it; they grow to the largest frame seen and are then reused.
    private var current: [Float] = []
    private var previous: [Float] = []
    /// Whether the time of arrival of the frame at hand says how old it is.
    private var isArrivalKnown = true

    /// An intake that has received nothing yet.
    ///
    /// - Parameters:
    ///   - ring: Takes what is received.
    ///   - recordings: Rings that get every received frame as well.
    ///   - limits: What messages may ask for.
    ///   - sequencer: Decides how frames follow each other.
    ///   - log: Takes lines for people.
    /// - Precondition: The ring has room for the largest frame.
    package init(
        ring: FrameRing,
        recordings: [FrameRing] = [],
        limits: FrameLimits,
        sequencer: FrameSequencer,
        log: @escaping @Sendable (String) -> Void
    ) {
        precondition(ring.pixelCapacity >= limits.pixelCount, "the ring has room for the largest frame")
        self.ring = ring
        recording = RecordingTap(recordings)
        self.limits = limits
        self.sequencer = sequencer
        channels = ChannelFilter(wanted: limits.channel)
        self.log = log
    }

    package var sequence: FrameSequenceCounters { sequencer.counters }

    /// Messages that were refused or left out so far, by reason.
    private var refusals: [String: Int] {
        var refusals: [String: Int] = [:]
        for (reason, count) in refusedMessages { refusals[reason.rawValue] = count }
        for (reason, count) in sequence.droppedFrames { refusals[reason.rawValue] = count }
        return refusals
    }

    /// Takes one message.
    /// - Returns: true if it was a frame that continues the stream, or a series start or end.
    package mutating func receive(_ message: borrowing ZeroMQMessage, at receiveNanoseconds: Int64) -> Bool {
        receivedMessages += 1
        switch FrameMessage(decoding: message, limits: limits) {
        case .frame(let header, let parts):
            return receive(header, pixels: message, parts: parts, at: receiveNanoseconds)
        case .seriesStart(let header): receive(header)
        case .seriesEnd(let header): receive(header)
        case .refused(let refusal):
            refuse(refusal)
            return false
        }
        return true
    }

    /// Takes one frame.
    /// - Parameters:
    ///   - header: what is known of it; its size is within the limits.
    ///   - message: holds its pixels.
    ///   - parts: where in the message.
    ///   - receiveNanoseconds: the time of arrival, in ns since 1970.
    ///   - isArrivalKnown: false if it was there before anybody looked; the time then says nothing of how old it is.
    /// - Returns: true if it continues the stream.
    package mutating func receive(
        _ header: FrameHeader,
        pixels message: borrowing some MessageParts & ~Copyable,
        parts: Range<Int>,
        at receiveNanoseconds: Int64,
        isArrivalKnown: Bool = true
    ) -> Bool {
        var header = header
        guard admit(&header) else { return false }
        let pixelCount = header.size.pixelCount
        if current.count < pixelCount {
            current = Array(repeating: 0, count: pixelCount)
        }
        do throws(FrameRefusal) {
            var pixels = current.mutableSpan
            try PixelReader.read(message, header: header, parts: parts, into: &pixels)
        } catch {
            refuse(error)
            sequencer.noteRefused(FrameArrival(header))
            return false
        }
        self.isArrivalKnown = isArrivalKnown
        return take(header, at: receiveNanoseconds)
    }

    /// Takes note of a series that is about to begin.
    package mutating func receive(_ header: SeriesStartHeader) {
        announcement = header
        channels.startSeries()
        end(sequencer.announceSeries(id: header.series.seriesID, messageNumber: header.messageNumber))
    }

    /// Takes note of the end of a series.
    package mutating func receive(_ header: SeriesEndHeader) {
        let lostBefore = sequence.missingInTransport
        var seriesEnd = sequencer.endSeries(
            id: header.seriesID,
            messageNumber: channels.number(header.messageNumber),
            sentFrameCount: header.sentFrameCount
        )
        seriesEnd?.missing.missingInTransport = sequence.missingInTransport - lostBefore
        if seriesEnd != nil { channels.startSeries() }
        end(seriesEnd)
    }

    /// Counts a frame that cannot be used, whose place stays empty.
    package mutating func refuse(_ refusal: FrameRefusal, inPlaceOf header: FrameHeader?) {
        refuse(refusal)
        if let header { sequencer.noteRefused(FrameArrival(header)) }
    }

    /// Counts a frame that is left out although nothing is wrong with it.
    package mutating func leaveOut(_ reason: FrameDropReason, _ text: @autoclosure () -> String) {
        sequencer.leaveOut(reason)
        report(sequence.droppedFrames[reason] ?? 0) { "\(text()) left out (\(reason.rawValue))" }
    }

    /// Ends the open series, because nothing more will be received.
    package mutating func stop() {
        end(sequencer.closeSeries(.stopped))
    }

    // MARK: - Frames

    /// Leaves out the frames of other channels, and numbers those of the one that is taken as if they came alone.
    private mutating func admit(_ header: inout FrameHeader) -> Bool {
        let decision = channels.receive(
            channel: header.series.channel,
            seriesID: header.series.seriesID,
            frameIndex: header.frameIndex,
            messageNumber: header.messageNumber
        )
        switch decision {
        case .take(let frameIndex, let messageNumber):
            (header.frameIndex, header.messageNumber) = (frameIndex, messageNumber)
        case .turn(let frameIndex, let messageNumber):
            log("only channel \(header.series.channel ?? "") comes now: it is taken from here on")
            end(sequencer.announceSeries(id: nil, messageNumber: nil))
            (header.frameIndex, header.messageNumber) = (frameIndex, messageNumber)
        case .leave:
            sequencer.leaveOut(.otherChannel)
            report(sequence.droppedFrames[.otherChannel] ?? 0) {
                let taken =
                    channels.chosen.map { "channel \($0) is taken" }
                    ?? "channel \(limits.channel ?? "") has not come yet"
                return "frame of channel \(header.series.channel ?? "") left out: \(taken); choose with --channel"
            }
            return false
        }
        header.series.announcedFrameCount = channels.share(of: header.series.announcedFrameCount)
        return true
    }

    /// The time of acquisition, of whatever clock the sender has.
    private mutating func acquisitionNanoseconds(of header: FrameHeader, at receiveNanoseconds: Int64) -> Int64? {
        guard let timeStamp = header.timeStampSeconds else { return header.acquisitionNanoseconds }
        guard let time = clock.time(timeStamp, received: receiveNanoseconds) else { return nil }
        if let unusual = time.unusual, !hasUnusualClock {
            hasUnusualClock = true
            log("the sender's timeStamp counts \(unusual): taken so")
        }
        return time.nanoseconds
    }

    private mutating func take(_ header: FrameHeader, at receiveNanoseconds: Int64) -> Bool {
        let lostBefore = sequence.missingInTransport
        let decision = sequencer.receive(FrameArrival(header))
        switch decision {
        case .accept(let index):
            append(header, index: index, at: receiveNanoseconds)
        case .fill(let missing, let index):
            fill(index - missing.missingFrameCount..<index, header: header, at: receiveNanoseconds)
            append(header, index: index, filledGap: missing, at: receiveNanoseconds)
        case .breakSegment(let missing, let index):
            log("\(missing.missingFrameCount) frames are missing before frame \(index): the segment ends there")
            ring.append(missing)
            append(header, index: index, at: receiveNanoseconds)
        case .startSeries(let index, let ending):
            end(ending)
            let missing = FrameGap(missingInTransport: sequence.missingInTransport - lostBefore)
            start(header, index: index, missing: missing)
            append(header, index: index, at: receiveNanoseconds)
        case .drop(let reason):
            report(sequence.droppedFrames[reason] ?? 0) {
                "frame \(header.frameIndex.map(String.init) ?? "without index") left out (\(reason.rawValue)): "
                    + "\(header.size), series \(header.series.seriesID ?? "without name")"
            }
            return false
        }
        end(sequencer.endSeriesIfComplete())
        return true
    }

    private mutating func append(
        _ header: FrameHeader,
        index: Int,
        filledGap: FrameGap? = nil,
        at receiveNanoseconds: Int64
    ) {
        var stamp = FrameStamp(
            index: index,
            messageNumber: header.messageNumber,
            filledGap: filledGap,
            acquisitionNanoseconds: acquisitionNanoseconds(of: header, at: receiveNanoseconds),
            sendNanoseconds: header.sendNanoseconds,
            receiveNanoseconds: receiveNanoseconds
        )
        recording.prepare(for: header)
        recording.append(stamp, pixels: current.span.extracting(first: header.size.pixelCount))
        if !isArrivalKnown { stamp.receiveNanoseconds = 0 }
        appendToRing(stamp, pixels: current.span.extracting(first: header.size.pixelCount))
        swap(&current, &previous)
    }

    /// Puts frames where some are missing: the one before them, or zeros.
    private mutating func fill(_ indices: Range<Int>, header: FrameHeader, at receiveNanoseconds: Int64) {
        let pixelCount = header.size.pixelCount
        if sequencer.policy == .zero {
            for pixel in 0..<pixelCount { previous[pixel] = 0 }
        }
        for index in indices {
            let stamp = FrameStamp(index: index, isFilled: true, receiveNanoseconds: receiveNanoseconds)
            appendToRing(stamp, pixels: previous.span.extracting(first: pixelCount))
        }
    }

    private func appendToRing(_ stamp: FrameStamp, pixels: Span<Float>) {
        guard !ring.append(stamp, pixels: pixels) else { return }
        report(ring.droppedFrameCount) { "frame \(stamp.index) dropped: the detector has not kept up" }
    }

    // MARK: - Series

    private mutating func start(_ header: FrameHeader, index: Int, missing: FrameGap) {
        var details = header.series
        var messageNumber: Int?
        if let announcement, details.seriesID == nil || announcement.series.seriesID == details.seriesID {
            details = details.completed(by: announcement.series)
            messageNumber = announcement.messageNumber
        }
        announcement = nil
        hasOpenSeries = true
        log("series \(details.seriesID ?? "without name") starts with frame \(index), \(header.size)")
        var description = SeriesDescription(
            seriesID: details.seriesID,
            source: details.source,
            size: header.size,
            frameIntervalMilliseconds: details.frameIntervalMilliseconds,
            pixelHeightMicrometres: details.pixelHeightMicrometres,
            pixelWidthMicrometres: details.pixelWidthMicrometres,
            bitDepth: header.bitDepth,
            bitsPerPixel: 8 * header.format.type.byteCount,
            channel: details.channel,
            announcedFrameCount: details.announcedFrameCount,
            messageNumber: messageNumber
        )
        description.scalingFactor = header.scaling?.factor ?? 1
        description.missing = missing
        description.implausible = details.implausible
        description.nonNumbers = details.nonNumbers
        recording.start(description)
        ring.append(description)
    }

    private mutating func end(_ end: SeriesEnd?) {
        guard var end else { return }
        end.refusedMessages = refusals.subtracting(earlierRefusals)
        earlierRefusals = refusals
        hasOpenSeries = false
        log("series \(end.seriesID ?? "without name") ended (\(end.reason.rawValue))")
        recording.end(end)
        ring.append(end)
    }

    // MARK: - Refusals

    private mutating func refuse(_ refusal: FrameRefusal) {
        refusedMessages[refusal.reason, default: 0] += 1
        report(refusedMessages[refusal.reason] ?? 0) { refusal.description }
    }

    private func report(_ count: Int, _ text: () -> String) {
        guard LogThinning.passes(count) else { return }
        log(count == 1 ? text() : "\(text()) [\(count) times so far]")
    }
}

extension FrameArrival {
    fileprivate init(_ header: FrameHeader) {
        self.init(
            frameIndex: header.frameIndex,
            messageNumber: header.messageNumber,
            seriesID: header.series.seriesID,
            announcedFrameCount: header.series.announcedFrameCount,
            size: header.size
        )
    }
}

extension [String: Int] {
    /// What has been counted since an earlier state of the same counters.
    fileprivate func subtracting(_ earlier: [String: Int]) -> [String: Int] {
        reduce(into: [:]) { difference, counter in
            let count = counter.value - (earlier[counter.key] ?? 0)
            if count > 0 { difference[counter.key] = count }
        }
    }
}
