import ArgumentParser
import Imaging
import Movies

/// Which number of class masks means which class.
struct ClassOrderOptions: ParsableArguments {
    static let name = "--class-order"
    /// Of masks that a program made, where others are read beside them.
    static let predictionName = "--prediction-class-order"

    @Option(
        help: ArgumentHelp(
            "What the numbers 1, 2, 3 of class masks mean; of masks with 2 puff, 3 wave: spark,puff,wave.",
            valueName: "names"
        ),
        transform: { try ClassOrder($0) }
    )
    var classOrder = ClassOrder.own
}

extension ClassOrder {
    /// What to say where shapes make one doubt this order.
    ///
    /// - Parameters:
    ///   - doubt: What is odd.
    ///   - mask: Path of the class mask.
    ///   - option: By which its order is given.
    /// - Returns: A line.
    func remark(_ doubt: String, on mask: String, option: String) -> String {
        "PUFFS AND WAVES LOOK SWAPPED in \(mask): \(doubt), read as \(description). If its numbers mean something else, "
            + "give \(option) \(swapped.shortDescription)."
    }
}

extension RecordedCalibration {
    /// What pixels and frames mean; nil unless the file says both.
    var ifKnown: Calibration? {
        guard let pixelSizeMicrometres, let frameIntervalMilliseconds else { return nil }
        return Calibration(
            pixelSizeMicrometres: pixelSizeMicrometres.value,
            frameIntervalMilliseconds: frameIntervalMilliseconds.value
        )
    }
}
