import Imaging
package import UNet

/// Fits a side output to labelled recordings: the network's weights stay as they are.
package struct SideOutputFit {
    /// A cell of a recording's look: what is read there, and what is there.
    private struct Samples {
        var features: [Float] = []
        var outcomes: [Bool] = []
    }

    private let place: SideOutput.Place
    private let channels: Int
    private let classes: [NetworkClass]
    /// One for each of the classes.
    private var samples: [Samples]

    /// Cells without anything, of which so many are alike that one of these is kept.
    private static let emptyKept = 4

    /// - Parameters:
    ///   - place: where the side output reads.
    ///   - shape: of the network.
    ///   - classes: those to tell.
    package init(place: SideOutput.Place, shape: UNetShape, classes: [NetworkClass]) {
        self.place = place
        channels = shape.channels(atLevel: place.level)
        self.classes = classes
        samples = classes.map { _ in Samples() }
    }

    /// Cells of a class that were seen so far, and cells in all.
    package func counts(of networkClass: NetworkClass) -> (present: Int, all: Int) {
        let outcomes = classes.firstIndex(of: networkClass).map { samples[$0].outcomes } ?? []
        return (outcomes.count { $0 }, outcomes.count)
    }

    /// Takes one look at a recording.
    package mutating func add(_ look: SideOutputSampler.Look, of recording: RecordingLabels) {
        for (index, content) in CellContent.cells(of: look, place, in: recording).enumerated() {
            let isEmpty = content.counts.allSatisfy { $0 == 0 }
            if isEmpty, !index.isMultiple(of: Self.emptyKept) { continue }
            let start = index * channels
            for (kind, networkClass) in classes.enumerated() {
                guard let isPresent = content.tells(networkClass) else { continue }
                samples[kind].features += look.features.values[start..<start + channels]
                samples[kind].outcomes.append(isPresent)
            }
        }
    }

    /// Weights and constant for one class.
    ///
    /// - Parameters:
    ///   - networkClass: one of those that are fitted.
    ///   - progress: called with the number of steps done.
    /// - Returns: nil if the recordings hold too little of the class to tell it.
    package func unit(for networkClass: NetworkClass, progress: (Int) -> Void = { _ in }) -> SideOutput.Unit? {
        guard let kind = classes.firstIndex(of: networkClass) else { return nil }
        let counts = counts(of: networkClass)
        guard counts.present >= channels, counts.all - counts.present >= channels else { return nil }
        let fit = LogisticRegression(
            features: samples[kind].features,
            featureCount: channels,
            outcomes: samples[kind].outcomes,
            progress: progress
        )
        return SideOutput.Unit(
            networkClass: networkClass,
            weights: fit.weights.map { Float($0) },
            bias: Float(fit.bias),
            threshold: 0.5,
            smallestPixelCount: 1
        )
    }
}
