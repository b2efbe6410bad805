/// Whether a run is alive: every part of it has done something lately, or has nothing to do.
///
/// A pure value without clock.
package struct VitalSigns: Sendable {
    /// What is looked at, at one moment.
    package struct Reading: Sendable, Equatable {
        /// Rounds of the thread that receives.
        package var receiverRounds: Int
        /// Frames that detection took, windows it decided.
        package var framesTaken: Int
        package var windowsDecided: Int
        /// Frames that wait for detection.
        package var framesWaiting: Int
        /// Messages that went out; one a second at least.
        package var messagesSent: Int

        package init(
            receiverRounds: Int,
            framesTaken: Int,
            windowsDecided: Int,
            framesWaiting: Int,
            messagesSent: Int
        ) {
            self.receiverRounds = receiverRounds
            self.framesTaken = framesTaken
            self.windowsDecided = windowsDecided
            self.framesWaiting = framesWaiting
            self.messagesSent = messagesSent
        }
    }

    private let patienceSeconds: Double
    private var last: Reading?
    /// When each last changed.
    private var receiverSeconds = 0.0
    private var detectionSeconds = 0.0
    private var publisherSeconds = 0.0

    /// - Parameter patienceSeconds: For how long something may be busy without a sign.
    package init(patienceSeconds: Double) { self.patienceSeconds = patienceSeconds }

    /// Takes note of a reading.
    ///
    /// - Returns: What has given no sign for too long; empty while all is well.
    package mutating func take(_ reading: Reading, at seconds: Double) -> [String] {
        defer { last = reading }
        if reading.receiverRounds != last?.receiverRounds { receiverSeconds = seconds }
        if reading.messagesSent != last?.messagesSent { publisherSeconds = seconds }
        let hasMoved = reading.framesTaken != last?.framesTaken || reading.windowsDecided != last?.windowsDecided
        if hasMoved || reading.framesWaiting == 0 { detectionSeconds = seconds }
        return [
            ("receiver", receiverSeconds), ("detection", detectionSeconds), ("publisher", publisherSeconds),
        ].filter { seconds - $0.1 > patienceSeconds }.map(\.0)
    }
}
