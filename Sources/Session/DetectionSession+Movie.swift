package import Imaging

extension DetectionSession {
    /// Runs a recorded movie through the session as one series, frame by frame as it would have come live.
    ///
    /// - Parameters:
    ///   - movie: The movie; its own calibration counts where the configuration gives none.
    ///   - name: What the series is called, as stream, too.
    ///   - identity: Tells the movie from others of the name, in identifiers of events; nil if the name does.
    ///   - scaling: Brings the movie's counts to 16 bits.
    ///   - bitDepth: Bits of the camera, if anybody states them.
    ///   - progress: Called behind every frame with the number of frames done.
    /// - Throws: what the movie throws for a single or damaged frame, `UNetError` if the network cannot be evaluated, what `progress` throws.
    package func takeMovie(
        _ movie: borrowing some RecordedMovie & ~Copyable,
        name: String,
        identity: String? = nil,
        scaling: PixelScaling,
        bitDepth: Int? = nil,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        try movie.checkHasFrames()
        let start = FrameItem.seriesStart(
            description(of: movie, name: name, identity: identity, scaling: scaling, bitDepth: bitDepth)
        )
        try take(start, pixels: UnsafeBufferPointer(start: nil, count: 0))
        let counts = UnsafeMutableBufferPointer<Float>.allocate(capacity: movie.size.pixelCount)
        defer { counts.deallocate() }
        for frame in 0..<movie.frameCount {
            try movie.read(frame: frame, scaledBy: scaling, into: counts)
            let stamp = FrameStamp(index: frame, receiveNanoseconds: 0)
            try take(.frame(stamp), pixels: UnsafeBufferPointer(counts))
            try progress(frame + 1)
        }
        try endSeries(.sourceEnded)
    }

    /// Analyses a recorded movie as a whole, as the published pipeline does, and reports it as one series.
    ///
    /// - Parameters:
    ///   - movie: The movie; its own calibration counts where the configuration gives none.
    ///   - name: What the series is called, as stream, too.
    ///   - identity: Tells the movie from others of the name, in identifiers of events; nil if the name does.
    ///   - scaling: Brings the movie's counts to 16 bits.
    ///   - bitDepth: Bits of the camera, if anybody states them.
    ///   - probabilities: Those of all voxels; nil asks the network.
    ///   - progress: Called behind every window with the number of frames done.
    /// - Throws: what the movie throws for a single or damaged frame, `UNetError` if the network cannot be evaluated.
    package func takeWholeMovie(
        _ movie: borrowing some RecordedMovie & ~Copyable,
        name: String,
        identity: String? = nil,
        scaling: PixelScaling,
        bitDepth: Int? = nil,
        probabilities: ClassProbabilities? = nil,
        progress: (Int) -> Void = { _ in }
    ) throws {
        try movie.checkHasFrames()
        let pixelCount = movie.size.pixelCount
        var counts = [Float](repeating: 0, count: movie.frameCount * pixelCount)
        try counts.withUnsafeMutableBufferPointer { counts in
            for frame in 0..<movie.frameCount {
                let pixels = counts[frame * pixelCount..<(frame + 1) * pixelCount]
                try movie.read(frame: frame, scaledBy: scaling, into: UnsafeMutableBufferPointer(rebasing: pixels))
            }
        }
        try takeWholeSeries(
            counts,
            described: description(
                of: movie,
                name: name,
                identity: identity,
                scaling: scaling,
                bitDepth: bitDepth
            ),
            probabilities: probabilities,
            progress: progress
        )
    }

    private func description(
        of movie: borrowing some RecordedMovie & ~Copyable,
        name: String,
        identity: String?,
        scaling: PixelScaling,
        bitDepth: Int?
    ) -> SeriesDescription {
        let calibration = movie.statedCalibration
        var description = SeriesDescription(
            seriesID: name,
            source: name,
            size: movie.size,
            frameIntervalMilliseconds: calibration.frameIntervalMilliseconds,
            pixelHeightMicrometres: calibration.pixelSizeMicrometres,
            pixelWidthMicrometres: calibration.pixelSizeMicrometres,
            announcedFrameCount: movie.frameCount
        )
        description.identity = identity
        description.scalingFactor = scaling.factor
        description.implausible = calibration.implausible
        description.channel = movie.channelName
        description.origins = calibration.origins
        description.bitDepth = bitDepth
        description.bitsPerPixel = movie.bitsPerPixel
        return description
    }
}
