import Detection
import Imaging
import Samples
import Session
import Wire
import ZeroMQ

extension FuzzTarget {
    /// What stands between the parts of a message, and between messages.
    private static let (partEnd, messageEnd): (UInt8, UInt8) = (0x1E, 0x1D)

    /// Messages of microscopes.
    static let frames = [
        FuzzTarget(name: "frame-header", largestByteCount: 2048, read: readHeader),
        FuzzTarget(name: "frame-stream", largestByteCount: 4096, read: readStream),
    ]

    /// A header alone, with the pixels that it asks for, and what becomes of its values in messages.
    private static func readHeader(_ bytes: [UInt8]) {
        let parts = split(bytes, at: partEnd)
        let decoded = FrameMessage(decoding: ZeroMQMessage(parts: parts))
        guard case .frame(let header, _) = decoded else {
            // Nearly all inputs lack the right number of pixels.
            readWithPixels(parts[0])
            return
        }
        check(header, parts)
    }

    private static func readWithPixels(_ header: [UInt8]) {
        for byteCount in [1, 4, 24, 48] {
            let parts = [header, [UInt8](repeating: 7, count: byteCount)]
            if case .frame(let header, _) = FrameMessage(decoding: ZeroMQMessage(parts: parts)) { check(header, parts) }
        }
    }

    private static func check(_ header: FrameHeader, _ parts: [[UInt8]]) {
        let message = ZeroMQMessage(parts: parts)
        guard case .frame(_, let pixelParts) = FrameMessage(decoding: message) else {
            preconditionFailure("a message is understood the same twice")
        }
        let byteCount = pixelParts.reduce(0) { $0 + parts[$1].count }
        precondition(header.pixelByteCount == byteCount, "no more memory than the message itself brought")
        var counts = [Float](repeating: 0, count: header.size.pixelCount)
        var span = counts.mutableSpan
        do throws(FrameRefusal) {
            try PixelReader.read(message, header: header, parts: pixelParts, into: &span)
            precondition(counts.allSatisfy(\.isFinite), "pixels are numbers")
        } catch {}
        publish(with: header.series)
        // What is sent on is read again as the same.
        let again = FrameMessage(decoding: ZeroMQMessage(parts: [header.json()] + pixelParts.map { parts[$0] }))
        guard case .frame(let copy, _) = again else { preconditionFailure("our own headers are understood") }
        precondition(copy.size == header.size && copy.format == header.format, "headers keep what they say")
    }

    /// Words events of a series with the values of a header.
    private static func publish(with series: SeriesDetails) {
        let stated: [Quantity: Double?] = [
            .pixelSize: series.pixelWidthMicrometres, .frameInterval: series.frameIntervalMilliseconds,
        ]
        let choice = CalibrationChoice(
            options: [:],
            stated: stated.compactMapValues { $0.map { StatedValue(value: $0, origin: "the header") } },
            implausible: series.implausible,
            model: .published,
            source: "the sender"
        )
        let context = SeriesContext(
            seriesID: series.seriesID ?? "none",
            stream: series.source ?? "none",
            calibration: choice.calibration
        )
        let formatter = EventFormatter(context: context)
        var sequencer = MessageSequencer()
        let messages: [any WireMessage] =
            EventClass.allCases.map {
                formatter.message(of: EventSamples.event(eventClass: $0), timing: EventSamples.timing)
            } + [
                SeriesStartMessage(
                    SeriesStart(
                        context: context,
                        size: FrameSize(height: 4, width: 3),
                        firstFrame: 0,
                        device: DeviceDescription(instructionSet: "none", processor: "none")
                    )
                )
            ]
        do {
            for message in messages { _ = try sequencer.line(for: message, publication: Publication(nanoseconds: 1)) }
        } catch {
            preconditionFailure("values of a header make messages: \(error)")
        }
    }

    /// Several messages, one after the other, through the intake.
    private static func readStream(_ bytes: [UInt8]) {
        var limits = FrameLimits()
        limits.pixelCount = 1024
        let ring = FrameRing(capacity: 8, pixelCapacity: 4096)
        var intake = FrameIntake(ring: ring, limits: limits, sequencer: FrameSequencer(), log: { _ in })
        var taken = 0
        for (index, message) in split(bytes, at: messageEnd).prefix(64).enumerated() {
            _ = intake.receive(ZeroMQMessage(parts: split(message, at: partEnd)), at: Int64(index) * 1_000_000)
            // Every third message nothing is taken, so that the ring runs over now and then.
            guard index % 3 != 2 else { continue }
            taken += frameCount(emptying: ring)
        }
        intake.stop()
        ring.close()
        taken += frameCount(emptying: ring)
        precondition(ring.isFinished, "what was appended can be taken")
        let counters = intake.sequence
        precondition(
            taken + ring.droppedFrameCount == counters.acceptedFrames + counters.filledFrames,
            "every frame is accounted for"
        )
    }

    /// Takes all that waits.
    private static func frameCount(emptying ring: FrameRing) -> Int {
        var count = 0
        while let isFrame = ring.take({ item, _ -> Bool in if case .frame = item { true } else { false } }) {
            count += isFrame ? 1 : 0
        }
        return count
    }

    static func split(_ bytes: [UInt8], at end: UInt8) -> [[UInt8]] {
        bytes.split(separator: end, maxSplits: 63, omittingEmptySubsequences: false).map(Array.init)
    }
}
