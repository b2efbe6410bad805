package import Corrections
package import Dashboard
import Detection
import Foundation
package import Imaging
import Journal
import Movies
import Synchronization

/// A movie under review: its frames, what was found in it, and what its reviewer makes of that.
package final class OpenMovie: Sendable {
    package let files: ReviewFiles
    package let extent: MovieExtent
    package let calibration: Calibration
    /// What a person should know of the movie and of its review.
    package let remarks: [String]
    let counts: [Float]
    let darkLevelCounts: Float?
    let hasProbabilities: Bool

    private let reviewer: String
    private let found: FoundEvents
    private let state: Mutex<State>
    private let pictures: Mutex<PreviewMaker>
    private let change = Mutex<GrowthField?>(nil)
    private let probability = Mutex<[EventClass: GrowthField]>([:])
    private let measured = Mutex<MeasuredMovie?>(nil)

    private struct State: ~Copyable {
        var book: ReviewBook
        var log: SharedLog
        var maskVersions: [Int: Int] = [:]
        /// Events that changed since pages were told.
        var changed: Set<Int> = []
    }

    /// What a correction came to.
    package struct Outcome {
        package var rows: [ReviewMessage.Row]
        package var gone: [Int]
        package var progress: ReviewMessage.Progress
    }

    /// Reads a movie, what was found in it and its review so far.
    ///
    /// - Parameters:
    ///   - files: Where everything is.
    ///   - reviewer: Who reviews.
    ///   - settings: What the user says of the movie.
    /// - Throws: What cannot be read, or does not belong together.
    package init(_ files: ReviewFiles, reviewer: String, settings: MovieSettings) throws {
        self.files = files
        self.reviewer = reviewer
        let run = files.run
        let movie = try TIFFMovie(path: files.movie, channel: settings.channel ?? run?.setup.configuration.channel)
        try movie.checkHasFrames()
        extent = MovieExtent(frameCount: movie.frameCount, size: movie.size)
        let choice = CalibrationChoice(
            options: (run?.stated ?? [:]).merging(settings.calibration) { $1 },
            stated: movie.calibration.stated,
            implausible: movie.calibration.implausible,
            model: .published,
            source: "the file"
        )
        calibration = choice.calibration
        let scaled = try MovieScaling(of: movie, option: settings.bitDepth ?? run?.bitDepth)
        darkLevelCounts = (settings.darkLevelCounts ?? run?.setup.configuration.darkLevelCounts)
            .map { Float($0) * scaled.scaling.factor }
        counts = try movie.counts(frames: 0..<movie.frameCount, scaledBy: scaled.scaling)
        let events = try files.labels.readEvents(of: extent).compactMap { event in
            ReviewedClass(label: event.label).map {
                ReviewedEvent(number: event.number, eventClass: $0, mask: event.mask)
            }
        }
        found = FoundEvents(path: files.events)
        let maps = files.maps
        hasProbabilities = [maps.sparks, maps.waves, maps.puffs].allSatisfy(FileManager.default.fileExists)
        let extremes = counts.reduce((Float.infinity, -Float.infinity)) { (min($0.0, $1), max($0.1, $1)) }
        pictures = Mutex(PreviewMaker(size: movie.size, lowest: extremes.0, highest: extremes.1))
        var book = ReviewBook(movie: files.name, extent: extent, found: events)
        var log = try SharedLog(path: files.log)
        let rig = RigCorrections(movie, found: events, folders: settings.runFolders(of: files))
        var taken: [ReviewLine] = []
        do {
            try log.exchange { lines in
                for line in lines { try book.take(line) }
                taken = rig.lines.filter { $0.liveEvent.map(book.liveEvents.contains) == false }
                guard !taken.isEmpty else { return [] }
                let header = book.hasHeader ? [] : [try PlainJSON.encode(book.header)]
                let added = header + (try taken.map { try PlainJSON.encode($0) })
                for line in added { try book.take(line) }
                return added
            }
        } catch let mismatch as ReviewMismatch {
            throw ReviewError(mismatch, files)
        }
        var remarks = movie.remarks + choice.remarks + scaled.remarks
        if !book.unreadableLines.isEmpty {
            let lines = book.unreadableLines.prefix(5).map(String.init).joined(separator: ", ")
            remarks.append(
                "\(files.log): \(book.unreadableLines.count) lines mean nothing and are passed over (\(lines))"
            )
        }
        if !taken.isEmpty { remarks.append("\(taken.count) decisions at the page of the live run are taken over") }
        if rig.lost > 0 {
            remarks.append(
                "\(rig.lost) events that were corrected at the page of the live run are not among these events"
            )
        }
        let others = book.reviewers.filter { $0 != reviewer }
        if !others.isEmpty { remarks.append("also reviewed by \(others.joined(separator: ", "))") }
        self.remarks = remarks
        state = Mutex(State(book: book, log: log))
    }

    /// The events as the reviewer sees them.
    package var reviewed: ReviewedMovie { state.withLock { $0.book.movie(of: reviewer) } }

    // MARK: - Events

    /// All events for the list.
    var rows: [ReviewMessage.Row] {
        state.withLock { state in
            state.book.movie(of: reviewer).all.compactMap { row(of: $0, versions: state.maskVersions) }
        }
    }

    /// Where versions of masks begin: pages never take one for that of another time.
    private let firstVersion = Int.random(in: 0..<1 << 20) << 10

    private func row(of event: ReviewedEvent, versions: [Int: Int]) -> ReviewMessage.Row? {
        let known = found.byNumber[event.number]
        return ReviewMessage.Row(
            event,
            maskVersion: firstVersion + (versions[event.number] ?? 0),
            confidence: known?.confidence,
            amplitude: known?.amplitude
        )
    }

    /// The voxels of an event, and the version of them; nil if there is none.
    func mask(of number: Int) -> (mask: VoxelRuns, version: Int)? {
        state.withLock { state in
            state.book.movie(of: reviewer)[number].map { ($0.mask, firstVersion + (state.maskVersions[number] ?? 0)) }
        }
    }

    /// Makes a correction and has it on the disk, with what the same reviewer did elsewhere meanwhile.
    ///
    /// - Throws: `CorrectionError`, or `JournalError` if the disk does not take it: nothing is changed then.
    package func make(_ correction: Correction) throws -> Outcome {
        try state.withLock { state in
            let before = state.book.movie(of: reviewer)
            var (book, changed, added) = (state.book, state.changed, [Data]())
            // What others did is read once only: it counts whether or not the correction can be made.
            defer { (state.book, state.changed) = (book, changed) }
            try state.log.exchange { lines in
                for line in lines {
                    if let taken = try book.take(line), taken.reviewer == reviewer { changed.formUnion(taken.numbers) }
                }
                var movie = book.movie(of: reviewer)
                _ = try movie.make(correction)
                let line = ReviewLine(reviewer: reviewer, time: Date().formatted(.iso8601), correction: correction)
                added = (book.hasHeader ? [] : [try PlainJSON.encode(book.header)]) + [try PlainJSON.encode(line)]
                return added
            }
            for line in added { changed.formUnion(try book.take(line)?.numbers ?? []) }
            let after = book.movie(of: reviewer)
            var outcome = Outcome(rows: [], gone: [], progress: ReviewMessage.Progress(after))
            for number in changed.sorted() {
                guard let event = after[number] else {
                    outcome.gone.append(number)
                    continue
                }
                if before[number]?.mask != event.mask { state.maskVersions[number, default: 0] += 1 }
                if let row = row(of: event, versions: state.maskVersions) { outcome.rows.append(row) }
            }
            changed = []
            return outcome
        }
    }

    // MARK: - Frames

    /// The picture of a frame, as the page reads it.
    func picture(frame: Int) -> Data {
        let start = frame * extent.size.pixelCount
        return counts.withUnsafeBufferPointer { counts in
            pictures.withLock { pictures in
                pictures.picture(
                    of: UnsafeBufferPointer(rebasing: counts[start..<start + extent.size.pixelCount]),
                    frame: frame,
                    arrivedMilliseconds: 0,
                    series: 0
                )
            }
        }
    }

    /// What regions grow in: the change in light, or the network's probability of a class.
    ///
    /// - Throws: A file error if there are no probabilities.
    func withField<Result>(
        of eventClass: EventClass?,
        _ body: (GrowthField) throws -> Result
    ) throws -> Result {
        guard let eventClass else {
            return try change.withLock { field in
                let own = field ?? GrowthField(changeOf: counts, size: extent.size, calibration: calibration)
                field = own
                return try body(own)
            }
        }
        return try probability.withLock { fields in
            if fields[eventClass] == nil {
                let maps = try files.maps.read(size: extent.size, frameCount: extent.frameCount)
                fields[.spark] = GrowthField(values: maps.spark, size: extent.size)
                fields[.wave] = GrowthField(values: maps.wave, size: extent.size)
                fields[.puff] = GrowthField(values: maps.puff, size: extent.size)
            }
            guard let field = fields[eventClass] else { preconditionFailure("all three classes were read") }
            return try body(field)
        }
    }

    /// Measures an event as it is; nil for one that has no class or is not there.
    ///
    /// F0 is that of the classes at the time of the first call; outputs are measured anew.
    func course(of number: Int) -> (event: CalciumEvent, version: Int)? {
        guard let known = mask(of: number), let event = reviewed[number], event.mask == known.mask,
            let eventClass = event.eventClass.eventClass
        else { return nil }
        let events = measured.withLock { measured in
            let movie = measured ?? measuredMovie(reviewed)
            measured = movie
            return movie.events([.init(number: number, eventClass: eventClass, mask: event.mask)])
        }
        return events.first.map { ($0, known.version) }
    }

    /// The movie with the classes of a state of the review.
    func measuredMovie(_ reviewed: ReviewedMovie) -> MeasuredMovie {
        var classes = [UInt8](repeating: EventClass.background, count: counts.count)
        for event in reviewed.all where event.verdict != .deleted {
            for run in event.mask.runs {
                let row = (Int(run.frame) * extent.size.height + Int(run.y)) * extent.size.width
                for x in Int(run.start)..<Int(run.end) { classes[row + x] = event.eventClass.label }
            }
        }
        return MeasuredMovie(
            counts: counts,
            size: extent.size,
            classes: classes,
            darkLevelCounts: darkLevelCounts,
            calibration: calibration
        )
    }
}

/// What a user says of movies, where files say nothing or something else.
package struct MovieSettings: Sendable {
    package var channel: String?
    package var bitDepth: Int?
    /// On the scale of the camera.
    package var darkLevelCounts: Double?
    package var calibration: [Quantity: Double]
    /// Folder with the journals of the live run that the movie is the recording of; nil to look beside the results.
    package var run: String?

    package init(
        channel: String? = nil,
        bitDepth: Int? = nil,
        darkLevelCounts: Double? = nil,
        calibration: [Quantity: Double] = [:],
        run: String? = nil
    ) {
        self.channel = channel
        self.bitDepth = bitDepth
        self.darkLevelCounts = darkLevelCounts
        self.calibration = calibration
        self.run = run
    }

    func runFolders(of files: ReviewFiles) -> [URL] {
        run.map { [URL(filePath: $0)] } ?? [files.folder, files.folder.deletingLastPathComponent()]
    }
}

/// Why a review cannot be gone on with.
package struct ReviewError: Error, CustomStringConvertible {
    package let description: String

    init(_ mismatch: ReviewMismatch, _ files: ReviewFiles) {
        switch mismatch {
        case .notAReview: description = "\(files.log) is there and is no review; move it away"
        case .otherEvents:
            description =
                "\(files.log) is a review of other events than those in \(files.labels.instances): the movie was analysed "
                + "anew since. Restore those results, or move the review away to begin a new one."
        }
    }
}
