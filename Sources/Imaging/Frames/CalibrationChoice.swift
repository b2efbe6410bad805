/// Which statements on pixel size and frame interval count.
///
/// The user's count more than the recording's, and that more than what the model was trained on. What nobody stated is
/// assumed, and said.
package struct CalibrationChoice: Sendable, Equatable {
    /// What is taken of a quantity.
    package struct Value: Sendable, Equatable {
        package let quantity: Quantity
        package let value: Double
        /// For people to read, for example `OME-XML PhysicalSizeX`.
        package let origin: String
        package let isAssumed: Bool
    }

    package let pixelSize: Value
    package let frameInterval: Value
    /// What a person should know: statements that were not taken, values that nobody stated or that the model does not know.
    package let remarks: [String]
    /// What the model was trained on.
    package let model: Calibration

    /// Times the model's own value, down and up, within which events look as they did in training.
    ///
    /// F1 of sparks is 0.92 at the model's 6.8 ms, 0.76 at 13.6 and 0.64 at 20 ms; at 0.1 and 0.3 µm it is as at 0.2.
    package static func familiarRange(of quantity: Quantity) -> ClosedRange<Double> {
        switch quantity {
        case .pixelSize: 1.0 / 3...3
        case .frameInterval: 0.25...2.5
        }
    }

    /// Chooses.
    ///
    /// - Parameters:
    ///   - options: What the user stated.
    ///   - stated: What the recording states, plausible values only.
    ///   - implausible: What it states and cannot mean.
    ///   - model: What the model was trained on.
    ///   - source: What may state it, in words: `the file`, `the frames`.
    package init(
        options: [Quantity: Double],
        stated: [Quantity: StatedValue],
        implausible: [ImplausibleStatement] = [],
        model: Calibration,
        source: String
    ) {
        self.model = model
        var remarks: [String] = []
        func choose(_ quantity: Quantity) -> Value {
            let usual = model[quantity]
            let value: Value
            if let option = options[quantity] {
                value = Value(quantity: quantity, value: option, origin: "option \(quantity.option)", isAssumed: false)
            } else if let own = stated[quantity] {
                value = Value(quantity: quantity, value: own.value, origin: own.origin, isAssumed: false)
            } else {
                let refused = implausible.contains { $0.quantity == quantity }
                let reason = refused ? "\(source) states none that can be" : "\(source) says nothing"
                value = Value(
                    quantity: quantity,
                    value: usual,
                    origin: "assumed, of the model: \(reason)",
                    isAssumed: true
                )
            }
            let taken = "\(quantity.text(value.value))\(value.isAssumed ? " of the model is assumed" : " is taken")"
            let advice = options[quantity] == nil ? "; give it with \(quantity.option)" : ""
            for statement in implausible where statement.quantity == quantity {
                remarks.append("\(statement.text): \(taken)\(advice)")
            }
            if value.isAssumed, !implausible.contains(where: { $0.quantity == quantity }) {
                remarks.append("\(source) does not state the \(quantity.name): \(taken)\(advice)")
            }
            if !Self.familiarRange(of: quantity).contains(value.value / usual) {
                remarks.append(
                    "a \(quantity.name) of \(quantity.text(value.value)) (\(value.origin)) is unlike the "
                        + "\(quantity.text(usual)) that the model was trained on: events look different there and are "
                        + "missed or misnamed; check the value, and give another with \(quantity.option) if it is wrong"
                )
            }
            return value
        }
        pixelSize = choose(.pixelSize)
        frameInterval = choose(.frameInterval)
        self.remarks = remarks
    }

    /// Chooses for a series, by what its sender states.
    ///
    /// - Parameters:
    ///   - description: What the sender says.
    ///   - options: What the user stated.
    ///   - model: What the model was trained on.
    package init(of description: SeriesDescription, options: [Quantity: Double], model: Calibration) {
        var stated: [Quantity: StatedValue] = [:]
        for (quantity, value) in [
            (Quantity.pixelSize, description.pixelWidthMicrometres),
            (.frameInterval, description.frameIntervalMilliseconds),
        ] {
            let origin = description.origins[quantity] ?? "the header"
            stated[quantity] = value.map { StatedValue(value: $0, origin: origin) }
        }
        self.init(
            options: options,
            stated: stated,
            implausible: description.implausible,
            model: model,
            source: "the sender"
        )
    }

    /// What a person should know where the network is shown frames between those of a slow camera.
    ///
    /// - Parameter factor: Frames of the network for each of the camera.
    /// - Returns: Nil where there are none.
    package func interpolationRemark(_ factor: Int) -> String? {
        guard factor > 1 else { return nil }
        let shown = (frameInterval.value / Double(factor) * 1000).rounded() / 1000
        return
            "frames come every \(Quantity.frameInterval.text(frameInterval.value)), and the model knows "
            + "\(Quantity.frameInterval.text(model.frameIntervalMilliseconds)): between two frames the network is shown "
            + "\(factor - 1) more, one every \(Quantity.frameInterval.text(shown)) (--interpolate off: as they come)"
    }

    package var calibration: Calibration {
        Calibration(
            pixelSizeMicrometres: pixelSize.value,
            frameIntervalMilliseconds: frameInterval.value,
            assumed: Set([pixelSize, frameInterval].filter(\.isAssumed).map(\.quantity))
        )
    }
}

extension Calibration {
    /// What is assumed, by published name, in a fixed order.
    package var assumedNames: [String] { assumed.sorted().map(\.rawValue) }

    /// A value for people to read, marked if nobody stated it.
    package func text(of quantity: Quantity) -> String {
        quantity.text(self[quantity]) + (assumed.contains(quantity) ? " (assumed)" : "")
    }
}
