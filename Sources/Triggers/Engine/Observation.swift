package import Detection
package import Imaging
package import Session

/// What is known of an event now, in the quantities of rules.
///
/// Quantities have the precision in which they are published, so that a journal gives the same decisions as the run
/// that wrote it.
package struct Observation: Sendable, Equatable {
    package var eventID: String
    package var eventClass: EventClass
    package var state: EventState
    package var stream: String
    package var seriesID: String
    /// 0 to 1.
    package var confidence: Double
    package var areaSquareMicrometres: Double
    package var durationMilliseconds: Double
    /// In µm/s; nil where it was not measured.
    package var speedMicrometresPerSecond: Double?
    /// Between these two it lies, in µm/s; nil where it is no estimate of a front that still moves.
    package var speedRange: ClosedRange<Double>?
    /// The smallest box that holds every voxel, half open, in pixels.
    package var rows: Range<Int>
    package var columns: Range<Int>
    /// Number of the cell that it lies in; nil for none.
    package var cell: Int?
    /// True if it carries the flag `motion`.
    package var mayBeMovement: Bool
    /// The intensity-weighted centre, in pixels from the centre of the first one.
    package var centroidRow: Double
    package var centroidColumn: Double
    /// The same in µm.
    package var centroidYMicrometres: Double
    package var centroidXMicrometres: Double
    /// First frame of the event and newest frame that the decision needed, as acquisition indices.
    package var startFrame: Int
    package var newestFrame: Int
    package var frameIntervalMilliseconds: Double
    /// Arrival of the newest frame since 1970, UTC, in ns; nil for a movie from file.
    package var readyNanoseconds: Int64?

    package init(
        eventID: String,
        eventClass: EventClass,
        state: EventState,
        stream: String,
        seriesID: String,
        confidence: Double,
        areaSquareMicrometres: Double,
        durationMilliseconds: Double,
        speedMicrometresPerSecond: Double?,
        speedRange: ClosedRange<Double>? = nil,
        rows: Range<Int>,
        columns: Range<Int>,
        cell: Int? = nil,
        mayBeMovement: Bool = false,
        centroidRow: Double,
        centroidColumn: Double,
        centroidYMicrometres: Double,
        centroidXMicrometres: Double,
        startFrame: Int,
        newestFrame: Int,
        frameIntervalMilliseconds: Double,
        readyNanoseconds: Int64? = nil
    ) {
        self.eventID = eventID
        self.eventClass = eventClass
        self.state = state
        self.stream = stream
        self.seriesID = seriesID
        self.confidence = confidence
        self.areaSquareMicrometres = areaSquareMicrometres
        self.durationMilliseconds = durationMilliseconds
        self.speedMicrometresPerSecond = speedMicrometresPerSecond
        self.speedRange = speedRange
        self.rows = rows
        self.columns = columns
        self.cell = cell
        self.mayBeMovement = mayBeMovement
        self.centroidRow = centroidRow
        self.centroidColumn = centroidColumn
        self.centroidYMicrometres = centroidYMicrometres
        self.centroidXMicrometres = centroidXMicrometres
        self.startFrame = startFrame
        self.newestFrame = newestFrame
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.readyNanoseconds = readyNanoseconds
    }

    /// Time of the newest frame in the recording.
    var milliseconds: Double { Double(newestFrame) * frameIntervalMilliseconds }

    /// Time of the first frame of the event in the recording.
    var onsetMilliseconds: Double { Double(startFrame) * frameIntervalMilliseconds }

    /// From the first frame of the event to the newest frame.
    package var lateMilliseconds: Double { Double(newestFrame - startFrame) * frameIntervalMilliseconds }
}

extension Observation {
    /// A final event.
    package init(_ final: FinalEvent, in context: SeriesContext) {
        let event = final.event
        self.init(
            eventID: context.eventID(number: final.identity.number),
            eventClass: event.eventClass,
            state: .final,
            context: context,
            confidence: event.classConfidence,
            areaPixels: event.footprintPixelCount,
            startFrame: event.startFrame,
            endFrame: event.endFrame,
            speed: (event.parameters[.waveSpeedLineScan] ?? event.parameters[.waveSpeedCentroid])?.rounded(
                decimals: Decimals.parameter
            ),
            box: (event.rows, event.columns),
            cell: event.cell,
            flags: event.flags,
            centroid: (event.centroidRow, event.centroidColumn),
            timing: final.timing
        )
    }

    /// An event that is not final yet.
    package init(_ found: ProvisionalUpdate.Found, in context: SeriesContext) {
        let event = found.event
        let front = event.front?.speed(context.calibration)
        func published(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
            let ends = [range.lowerBound, range.upperBound].map { $0.rounded(decimals: Decimals.frontSpeed) ?? $0 }
            return ends[0]...ends[1]
        }
        self.init(
            eventID: context.eventID(number: event.number),
            eventClass: event.eventClass,
            state: .provisional,
            context: context,
            confidence: event.classConfidence,
            areaPixels: event.footprintPixelCount,
            startFrame: event.startFrame,
            endFrame: event.endFrame,
            speed: front?.micrometresPerSecond.rounded(decimals: Decimals.frontSpeed),
            speedRange: front.map { published($0.range) },
            box: (event.rows, event.columns),
            cell: event.cell,
            flags: event.flags,
            centroid: (event.centroidRow, event.centroidColumn),
            timing: found.timing
        )
    }

    private init(
        eventID: String,
        eventClass: EventClass,
        state: EventState,
        context: SeriesContext,
        confidence: Double,
        areaPixels: Int,
        startFrame: Int,
        endFrame: Int,
        speed: Double?,
        speedRange: ClosedRange<Double>? = nil,
        box: (rows: Range<Int>, columns: Range<Int>),
        cell: Int?,
        flags: Set<EventFlag>,
        centroid: (row: Double, column: Double),
        timing: EventTiming
    ) {
        let (pixelSize, interval) = (
            context.calibration.pixelSizeMicrometres, context.calibration.frameIntervalMilliseconds
        )
        func published(_ value: Double, decimals: Int) -> Double { value.rounded(decimals: decimals) ?? value }
        self.init(
            eventID: eventID,
            eventClass: eventClass,
            state: state,
            stream: context.stream,
            seriesID: context.seriesID,
            confidence: published(confidence, decimals: Decimals.confidence),
            areaSquareMicrometres: published(
                Double(areaPixels) * pixelSize * pixelSize,
                decimals: Decimals.squareMicrometres
            ),
            durationMilliseconds: published(
                Double(endFrame - startFrame + 1) * interval,
                decimals: Decimals.milliseconds
            ),
            speedMicrometresPerSecond: speed,
            speedRange: speedRange,
            rows: box.rows,
            columns: box.columns,
            cell: cell,
            mayBeMovement: flags.contains(.motion),
            centroidRow: published(centroid.row, decimals: Decimals.pixels),
            centroidColumn: published(centroid.column, decimals: Decimals.pixels),
            centroidYMicrometres: published(centroid.row * pixelSize, decimals: Decimals.micrometres),
            centroidXMicrometres: published(centroid.column * pixelSize, decimals: Decimals.micrometres),
            startFrame: startFrame,
            newestFrame: timing.newestFrame ?? endFrame,
            frameIntervalMilliseconds: interval,
            readyNanoseconds: timing.newestFrameArrivedNanoseconds
        )
    }
}

/// An event was taken back.
package struct Withdrawal: Sendable, Equatable {
    /// What became of it.
    package enum Reason: Sendable, Equatable {
        /// No final event is there.
        case notConfirmed
        /// It is part of another event.
        case merged
        /// It is final under another class.
        case reclassified
    }

    package var eventID: String
    package var eventClass: EventClass
    package var seriesID: String
    package var reason: Reason
    package var startFrame: Int
    package var newestFrame: Int

    package init(
        eventID: String,
        eventClass: EventClass,
        seriesID: String,
        reason: Reason,
        startFrame: Int,
        newestFrame: Int
    ) {
        self.eventID = eventID
        self.eventClass = eventClass
        self.seriesID = seriesID
        self.reason = reason
        self.startFrame = startFrame
        self.newestFrame = newestFrame
    }

    package init(_ event: RetractedEvent, newestFrame: Int, in context: SeriesContext) {
        let reason: Reason =
            switch event.reason {
            case .notConfirmed: .notConfirmed
            case .merged: .merged
            case .reclassified: .reclassified
            }
        self.init(
            eventID: context.eventID(number: event.number),
            eventClass: event.eventClass,
            seriesID: context.seriesID,
            reason: reason,
            startFrame: event.startFrame,
            newestFrame: newestFrame
        )
    }
}
