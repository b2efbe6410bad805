/// What one pixel and one frame mean in the specimen.
package struct Calibration: Sendable, Equatable, Codable {
    /// Distance between neighbouring pixels along x and y, in µm.
    package var pixelSizeMicrometres: Double
    /// Time from one frame to the next, in ms.
    package var frameIntervalMilliseconds: Double
    /// What nobody stated; such values are marked wherever they stand.
    package var assumed: Set<Quantity> = []

    package init(
        pixelSizeMicrometres: Double,
        frameIntervalMilliseconds: Double,
        assumed: Set<Quantity> = []
    ) {
        self.pixelSizeMicrometres = pixelSizeMicrometres
        self.frameIntervalMilliseconds = frameIntervalMilliseconds
        self.assumed = assumed
    }

    /// The recordings behind the published network: 0.2 µm, 6.8 ms.
    package static let published = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)

    package subscript(_ quantity: Quantity) -> Double {
        switch quantity {
        case .pixelSize: pixelSizeMicrometres
        case .frameInterval: frameIntervalMilliseconds
        }
    }

    private enum CodingKeys: CodingKey {
        case pixelSizeMicrometres, frameIntervalMilliseconds
    }
}
