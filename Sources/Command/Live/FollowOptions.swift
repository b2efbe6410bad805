import ArgumentParser
import Foundation
import Live
import Movies
import Session

/// Options of `sparkwatch live` on frames that come as files, each also a key of the configuration file.
struct FollowOptions: ParsableArguments {
    @Option(
        help: """
            Take frames from a TIFF file that another program is still writing, with those that go on after it, or from a \
            folder that fills with frames, instead of from --frames. It need not be there yet.
            """
    )
    var follow: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Take files, too, that lay in the followed folder before; else only those that are still written to."
    )
    var followExisting = false

    @Option(
        parsing: .unconditional,
        help: "Seconds that a missing or half-written frame is waited for while later ones are there."
    )
    var followLateS = 2.0

    @Option(
        parsing: .unconditional,
        help: "Seconds without a frame after which a file that nobody has open any more ends its series."
    )
    var followEndS = 10.0

    @Option(help: "How changes are noticed: kernel, looking (for network drives), or auto.")
    var followBy = FolderWatch.Means.automatic

    func validate() throws {
        try check(followLateS, isBetween: 0.05, and: 3600, named: "--follow-late-s")
        try check(followEndS, isBetween: 0.5, and: 86_400, named: "--follow-end-s")
        if follow?.isEmpty == true { throw ValidationError("--follow is empty; name a TIFF file or a folder.") }
        if follow == nil, followExisting { throw ValidationError("--follow-existing is for --follow PATH.") }
    }

    /// What the follower has to know; nil if frames come otherwise.
    ///
    /// - Parameters:
    ///   - live: The other options of the run.
    ///   - source: What the frames mean.
    ///   - stride: Frames between two windows.
    /// - Returns: What to follow, and how.
    func follower(_ live: LiveOptions, _ source: SourceOptions, stride: Int) -> FileFollower.Configuration? {
        guard let follow else { return nil }
        var configuration = FileFollower.Configuration(path: follow)
        configuration.files.channel = source.channel
        configuration.files.largestPixelCount = live.largestFramePixels
        configuration.files.lateWait = .seconds(followLateS)
        configuration.files.endAfter = .seconds(followEndS)
        configuration.files.takesExisting = followExisting
        configuration.files.means = followBy
        configuration.bitDepth = source.bitDepth
        configuration.missedFrames = live.missingFrames
        configuration.longestFill = live.longestGap
        configuration.ringCapacity = live.ringFrames
        configuration.ringPixelCapacity = live.ringPixelCapacity
        // From three strides on detection takes a wider one.
        configuration.mostWaiting = max(1, 2 * stride)
        configuration.silenceTimeout = .seconds(live.stallAfterS)
        return configuration
    }
}

extension FolderWatch.Means: ExpressibleByArgument {}
