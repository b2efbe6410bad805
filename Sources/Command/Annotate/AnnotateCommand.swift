import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies

/// `sparkwatch annotate`: a first guess of the labels of movies.
struct AnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Proposes labels for movies, to be corrected by hand.",
        discussion: """
            Smooths the movie, takes what rises above a threshold on dF/F0 and out of the noise, joins it over space \
            and time, and guesses the class from duration and width; no network is asked. Writes NAME_class_label.tif \
            and NAME_event_label.tif for NAME_video.tif or NAME.tif. Correct them in Fiji (4 in the class label means \
            undefined); `score` and Training/ read them. Labels that are there are never replaced without --overwrite.
            """
    )

    @Argument(help: "TIFF movies, folders (with all movies in and below them) or patterns.")
    var movies: [String]

    @Option(name: .shortAndLong, help: "Folder for the labels; made if missing.")
    var output = "sparkwatch-labels"

    @Flag(help: "Replace labels that are there.")
    var overwrite = false

    @OptionGroup(title: "Thresholds")
    var proposal: ProposalOptions

    @Option(help: "Pixel size in µm, instead of what the file says; default: 0.2.")
    var pixelSizeUm: Double?

    @Option(help: "Time from frame to frame in ms, instead of what the file says; default: 6.8.")
    var frameIntervalMs: Double?

    func validate() throws {
        try check(pixelSizeUm, isBetween: 0.001, and: 100, named: "--pixel-size-um")
        try check(frameIntervalMs, isBetween: 0.01, and: 60000, named: "--frame-interval-ms")
    }

    func run() throws {
        let selection = try MovieSelection(movies, leavingOut: URL(filePath: output))
        var failures: [String] = []
        for movie in selection.movies {
            do {
                print("\(movie.name): \(try annotate(movie))")
            } catch {
                failures.append(movie.path)
                FileHandle.standardError.write(Data("\(movie.name): \(error)\n".utf8))
            }
        }
        guard failures.isEmpty else { throw ExitCode.failure }
    }

    /// Writes the labels of one movie.
    ///
    /// - Returns: What was proposed, in words.
    private func annotate(_ selected: SelectedMovie) throws -> String {
        let files = LabelFiles(folder: URL(filePath: output).appending(path: selected.subfolder), name: selected.name)
        if !overwrite { try files.checkAreFree() }
        let movie = try TIFFMovie(path: selected.path)
        try MemoryNeed(of: movie, bytesPerVoxel: Self.bytesPerVoxel).check()
        let recorded = movie.calibration
        let calibration = Calibration(
            pixelSizeMicrometres: pixelSizeUm ?? recorded.pixelSizeMicrometres?.value
                ?? Calibration.published.pixelSizeMicrometres,
            frameIntervalMilliseconds: frameIntervalMs ?? recorded.frameIntervalMilliseconds?.value
                ?? Calibration.published.frameIntervalMilliseconds
        )
        let counts = try movie.counts(frames: 0..<movie.frameCount)
        let events = proposal.proposal.events(in: counts, size: movie.size, calibration: calibration)
        try files.write(events, of: movie, calibration: calibration)
        let classes = EventClass.allCases.map { eventClass in
            "\(events.count { $0.eventClass == eventClass }) \(eventClass.name)s"
        }
        return "\(classes.joined(separator: ", ")) proposed in \(movie.frameCount) frames"
    }

    /// The movie twice in floating point, its activity and its components.
    private static let bytesPerVoxel = 24
}

/// Options of the proposal; the defaults are those with the best F1 on simulated recordings.
struct ProposalOptions: ParsableArguments {
    @Option(help: "Smallest dF/F0 of an event.")
    var thresholdDff0 = EventProposal().thresholdDeltaFOverF0

    @Option(help: "Smallest rise, in standard deviations of each pixel's noise after smoothing.")
    var thresholdSd = EventProposal().thresholdDeviations

    @Option(help: "Standard deviation of the smoothing over time, in frames.")
    var smoothingFrames = EventProposal().smoothingFrames

    @Option(help: "Standard deviation of the smoothing within frames, in µm.")
    var smoothingUm = EventProposal().smoothingMicrometres

    @Option(help: "Events of fewer voxels are left out.")
    var smallestVoxels = EventProposal().smallestVoxelCount

    @Option(help: "Events from this duration on are guessed to be puffs, in ms.")
    var puffMs = EventProposal().puffMilliseconds

    @Option(help: "Events from this width on are guessed to be waves, in µm.")
    var waveUm = EventProposal().waveMicrometres

    func validate() throws {
        try check(thresholdDff0, isBetween: 0, and: 100, named: "--threshold-dff0")
        try check(thresholdSd, isBetween: 0, and: 100, named: "--threshold-sd")
        try check(smoothingFrames, isBetween: 0, and: 50, named: "--smoothing-frames")
        try check(smoothingUm, isBetween: 0, and: 20, named: "--smoothing-um")
        try check(Double(smallestVoxels), isBetween: 1, and: 1e9, named: "--smallest-voxels")
    }

    var proposal: EventProposal {
        var proposal = EventProposal()
        proposal.thresholdDeltaFOverF0 = thresholdDff0
        proposal.thresholdDeviations = thresholdSd
        proposal.smoothingFrames = smoothingFrames
        proposal.smoothingMicrometres = smoothingUm
        proposal.smallestVoxelCount = smallestVoxels
        proposal.puffMilliseconds = puffMs
        proposal.waveMicrometres = waveUm
        return proposal
    }
}
