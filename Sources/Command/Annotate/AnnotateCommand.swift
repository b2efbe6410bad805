import ArgumentParser
import Detection
import Foundation
import Imaging
import Movies
import UNet

/// `sparkwatch annotate`: a first guess of the labels of movies.
struct AnnotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate",
        abstract: "Proposes labels for movies, to be corrected by hand.",
        discussion: """
            Takes what the network finds, or, with --from threshold, what rises above a threshold on dF/F0 and out of \
            the noise of the smoothed movie, joined over space and time, its class guessed from duration and width; with \
            --from both, of the latter what touches none of the former. Writes NAME_class_label.tif \
            and NAME_event_label.tif for NAME_video.tif or NAME.tif. Correct them with `sparkwatch review`, or in Fiji (4 \
            in the class label means undefined); `score` and Training/ read them. Labels that are there are never \
            replaced without --overwrite.
            """
    )

    @Argument(help: "TIFF movies, folders (with all movies in and below them) or patterns.")
    var movies: [String]

    @Option(name: .shortAndLong, help: "Folder for the labels; made if missing.")
    var output = "sparkwatch-labels"

    @Flag(help: "Replace labels that are there.")
    var overwrite = false

    @Option(help: "What proposes: network, threshold (which no model has a say in), or both.")
    var from = LabelProposal.Origin.network

    @Option(help: "Network weights (safetensors); default: the model installed with Sparkwatch.")
    var model: String?

    @OptionGroup(title: "Thresholds")
    var proposal: ProposalOptions

    @OptionGroup(title: "Source options")
    var source: SourceOptions

    func validate() throws {
        guard source.cellMask == nil, source.darkLevelCounts == nil else {
            throw ValidationError(
                "annotate finds cell and dark level itself: leave out --cell-mask, --dark-level-counts."
            )
        }
    }

    func run() throws {
        let network = from == .threshold ? nil : try InstalledFiles.loadModel(model)
        let selection = try MovieSelection(movies, leavingOut: URL(filePath: output))
        var failures: [String] = []
        for movie in selection.movies {
            do {
                print("\(movie.name): \(try annotate(movie, network))".printable)
            } catch {
                failures.append(movie.path)
                Notes.write("\(movie.name): \(error)")
            }
        }
        guard failures.isEmpty else { throw ExitCode.failure }
    }

    /// Writes the labels of one movie.
    ///
    /// - Returns: What was proposed, in words.
    private func annotate(_ selected: SelectedMovie, _ network: Model?) throws -> String {
        let files = LabelFiles(folder: URL(filePath: output).appending(path: selected.subfolder), name: selected.name)
        if !overwrite { try files.checkAreFree() }
        let movie = try source.movie(selected.path)
        let bytesPerVoxel = network == nil ? Self.bytesPerVoxel : MovieAnalysis.bytesPerVoxel
        try MemoryNeed(of: movie, bytesPerVoxel: bytesPerVoxel).check()
        let choice = source.calibration(of: movie, model: network?.metadata.calibration ?? .published)
        let calibration = choice.calibration
        let scaled = try source.scaling(of: movie)
        for remark in movie.remarks + choice.remarks + scaled.remarks { Notes.write("\(selected.name): \(remark)") }
        let counts = try movie.counts(frames: 0..<movie.frameCount, scaledBy: scaled.scaling)
        let darkFrameCount = EventProposal.darkFrameCount(in: counts, size: movie.size)
        if let remark = DarkFrames.remark(darkFrameCount) { Notes.write("\(selected.name): \(remark)") }
        let progress = ProgressLine(name: selected.name, total: movie.frameCount, unit: "frames")
        let events = try LabelProposal(origin: from, network: network, threshold: proposal.proposal)
            .events(in: counts, size: movie.size, calibration: calibration) { progress.show($0) }
        progress.finish()
        try files.write(events, of: movie, calibration: calibration)
        let classes = EventClass.allCases.map { eventClass in
            "\(events.count { $0.eventClass == eventClass }) \(eventClass.name)s"
        }
        return "\(classes.joined(separator: ", ")) proposed in \(movie.frameCount) frames\(choice.assumptionText)"
    }

    /// The movie twice in floating point, its activity and its components.
    private static let bytesPerVoxel = 24
}

/// Options of the proposal; the defaults are those with the best F1 on simulated recordings.
struct ProposalOptions: ParsableArguments {
    @Option(help: "Smallest dF/F0 of an event.")
    var thresholdDff0 = EventProposal().thresholdDeltaFOverF0

    @Option(
        parsing: .unconditional,
        help: "Smallest rise, in standard deviations of each pixel's noise after smoothing."
    )
    var thresholdSd = EventProposal().thresholdDeviations

    @Option(parsing: .unconditional, help: "Standard deviation of the smoothing over time, in frames.")
    var smoothingFrames = EventProposal().smoothingFrames

    @Option(parsing: .unconditional, help: "Standard deviation of the smoothing within frames, in µm.")
    var smoothingUm = EventProposal().smoothingMicrometres

    @Option(parsing: .unconditional, help: "Events of fewer voxels are left out.")
    var smallestVoxels = EventProposal().smallestVoxelCount

    @Option(parsing: .unconditional, help: "Events from this duration on are guessed to be puffs, in ms.")
    var puffMs = EventProposal().puffMilliseconds

    @Option(parsing: .unconditional, help: "Events from this width on are guessed to be waves, in µm.")
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
