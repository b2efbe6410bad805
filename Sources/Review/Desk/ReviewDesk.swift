import Corrections
package import Dashboard
import Detection
import Dispatch
import Imaging
import Synchronization

/// Answers what pages ask of a review: quick things in their order, slow ones beside them.
package final class ReviewDesk: Sendable {
    private let files: [ReviewFiles]
    private let reviewer: String
    private let settings: MovieSettings
    private let tellAll: @Sendable (ReviewMessage) -> Void
    private let shelf = Mutex<[Int: OpenMovie]>([:])
    private let correcting = Mutex(())
    private let waiting = Atomic(0)
    /// Corrections, masks and pictures, one after another.
    private let quick = DispatchQueue(label: "review")
    /// Whatever takes seconds the first time.
    private let slow = DispatchQueue(label: "review-measuring")

    /// Requests that wait, at most: pages ask for little at a time.
    private static let mostWaiting = 512
    /// Movies that are held in memory.
    private static let mostOpen = 2
    private static let rowsAtOnce = 400

    /// - Parameters:
    ///   - files: What can be reviewed.
    ///   - reviewer: Who reviews.
    ///   - settings: What the user says of the movies.
    ///   - tellAll: Tells every page.
    package init(
        _ files: [ReviewFiles],
        reviewer: String,
        settings: MovieSettings,
        tellAll: @escaping @Sendable (ReviewMessage) -> Void
    ) {
        self.files = files
        self.reviewer = reviewer
        self.settings = settings
        self.tellAll = tellAll
    }

    /// What pages are told when they come.
    package var welcome: ReviewMessage {
        .movies(
            files.enumerated().map { index, files in
                let reviewed = shelf.withLock { $0[index] }?.reviewed
                return ReviewMessage.Movie(name: files.name, openCount: reviewed?.openCount, count: reviewed?.count)
            },
            reviewer: reviewer
        )
    }

    /// Takes a request up; returns at once.
    package func take(_ request: ReviewRequest, from viewer: ReviewPage.Viewer) {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            return viewer.send(.refused("too much was asked at once; wait a moment"))
        }
        quick.async { [self] in
            if isSlow(request) {
                slow.async { [self] in
                    answer(request, viewer)
                    waiting.subtract(1, ordering: .relaxed)
                }
            } else {
                answer(request, viewer)
                waiting.subtract(1, ordering: .relaxed)
            }
        }
    }

    private func isSlow(_ request: ReviewRequest) -> Bool {
        switch request {
        case .course, .scan, .grow, .split, .write: true
        case .open, .pictures, .masks, .draw, .correct: false
        }
    }

    private func answer(_ request: ReviewRequest, _ viewer: ReviewPage.Viewer) {
        do {
            guard files.indices.contains(request.movie) else {
                return viewer.send(.refused("there is no such movie; reload the page"))
            }
            let movie = try movie(request.movie)
            try answer(request, on: movie, viewer)
        } catch {
            viewer.send(.refused("\(error)"))
        }
    }

    /// The movie of a number, opened if need be.
    private func movie(_ number: Int) throws -> OpenMovie {
        if let open = shelf.withLock({ $0[number] }) { return open }
        let opened = try OpenMovie(files[number], reviewer: reviewer, settings: settings)
        return shelf.withLock { shelf in
            // Two queues may have opened it: one of them counts.
            if let open = shelf[number] { return open }
            while shelf.count >= Self.mostOpen, let other = shelf.keys.first { shelf[other] = nil }
            shelf[number] = opened
            return opened
        }
    }

    private func answer(_ request: ReviewRequest, on movie: OpenMovie, _ viewer: ReviewPage.Viewer) throws {
        let number = request.movie
        switch request {
        case .open: open(movie, number, viewer)
        case .pictures(_, let frames):
            for frame in frames.clamped(to: 0..<movie.extent.frameCount) {
                viewer.send(picture: movie.picture(frame: frame))
            }
        case .masks(_, let numbers):
            for event in numbers {
                guard let (mask, version) = movie.mask(of: event) else { continue }
                viewer.send(picture: ReviewPicture.mask(mask, number: event, version: version, movie: number))
            }
        case .course(_, let event):
            guard let (measured, version) = movie.course(of: event) else { return }
            viewer.send(.course(movie: number, number: event, .init(measured, maskVersion: version)))
        case .scan:
            let width = movie.extent.size.width
            let profile = try movie.withField(of: nil) { $0.profile() }
            viewer.send(picture: ReviewPicture.scan(profile, width: width, movie: number))
        case .grow(_, let growth): try grow(growth, on: movie, number, viewer)
        case .split(_, let event, let place):
            guard let known = movie.mask(of: event) else { throw CorrectionError.noSuchEvent(event) }
            let part = try movie.withField(of: nil) { try $0.part(of: known.mask, at: place) }
            try correct(.split(event, part), on: movie, number)
        case .draw(_, let target, let added, let removed):
            guard let added = VoxelRuns(numbers: added, within: movie.extent),
                let removed = VoxelRuns(numbers: removed, within: movie.extent)
            else { return viewer.send(.refused("what was drawn lies outside the movie")) }
            switch target {
            case .event(let event): try correct(.redraw(event, added: added, removed: removed), on: movie, number)
            case .new(let eventClass): try correct(.add(eventClass, added), on: movie, number)
            }
        case .correct(_, let correction): try correct(correction, on: movie, number)
        case .write:
            let written = try ReviewOutputs(movie, reviewer: reviewer).write()
            tellAll(.written(movie: number, text: written))
        }
    }

    private func open(_ movie: OpenMovie, _ number: Int, _ viewer: ReviewPage.Viewer) {
        let opened = ReviewMessage.Opened(
            movie: number,
            name: movie.files.name,
            extent: movie.extent,
            calibration: movie.calibration,
            hasProbabilities: movie.hasProbabilities,
            remarks: movie.remarks,
            progress: ReviewMessage.Progress(movie.reviewed)
        )
        viewer.send(.movie(opened))
        let rows = movie.rows
        for first in stride(from: 0, to: max(1, rows.count), by: Self.rowsAtOnce) {
            let end = min(rows.count, first + Self.rowsAtOnce)
            viewer.send(.events(movie: number, Array(rows[first..<end]), isLast: end == rows.count))
        }
    }

    private func grow(_ growth: ReviewRequest.Growth, on movie: OpenMovie, _ number: Int, _ viewer: ReviewPage.Viewer)
        throws
    {
        var eventClass: ReviewedClass?
        var known: VoxelRuns?
        switch growth.target {
        case .new(let wanted): eventClass = wanted
        case .event(let event):
            guard let mask = movie.mask(of: event)?.mask else { throw CorrectionError.noSuchEvent(event) }
            known = mask
            eventClass = movie.reviewed[event]?.eventClass
        }
        let field = growth.byProbability && movie.hasProbabilities ? eventClass?.eventClass ?? .spark : nil
        let region = try movie.withField(of: field) { try $0.region(around: growth.place, share: growth.share) }
        guard growth.isTaken else {
            let event = if case .event(let event) = growth.target { event } else { 0 }
            return viewer.send(
                picture: ReviewPicture.mask(region, number: event, version: 0, movie: number, isDraft: true)
            )
        }
        switch growth.target {
        case .new(let eventClass): try correct(.add(eventClass, region), on: movie, number)
        case .event(let event):
            let mask = known ?? VoxelRuns()
            try correct(
                .redraw(event, added: region.subtracting(mask), removed: mask.subtracting(region)),
                on: movie,
                number
            )
        }
    }

    private func correct(_ correction: Correction, on movie: OpenMovie, _ number: Int) throws {
        // Pages learn of corrections in the order in which they were made.
        try correcting.withLock { _ in
            let outcome = try movie.make(correction)
            tellAll(.changed(movie: number, outcome.rows, gone: outcome.gone, progress: outcome.progress))
        }
    }
}

extension ReviewMessage.Course {
    init(_ event: CalciumEvent, maskVersion: Int) {
        func rounded(_ value: Double) -> Double? { value.rounded(decimals: 4) }
        var (parameters, reasons): ([String: Double?], [String: String]) = ([:], [:])
        for parameter in EventParameter.allCases {
            parameters.updateValue(event.parameters[parameter].flatMap(rounded), forKey: parameter.rawValue)
            reasons[parameter.rawValue] = event.unavailable[parameter]?.rawValue
        }
        self.init(
            first: event.trace?.firstFrame ?? event.startFrame,
            values: event.trace?.values.map { $0.flatMap(rounded) } ?? [],
            fit: event.trace?.fit.compactMap(rounded) ?? [],
            parameters: parameters,
            reasons: reasons,
            maskVersion: maskVersion
        )
    }
}
