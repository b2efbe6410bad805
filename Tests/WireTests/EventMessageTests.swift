import Detection
import Foundation
import Imaging
import Journal
import Samples
import Session
import TestSupport
import Testing
import Wire

@Suite struct EventMessageTests {
    let publication = Publication(nanoseconds: 1_763_822_908_027_656_789)

    func text(_ message: some WireMessage) throws -> String {
        var sequencer = MessageSequencer()
        return String(decoding: try sequencer.line(for: message, publication: publication).json, as: UTF8.self)
    }

    @Test func finalEventIsThisText() throws {
        // 101 pixels of 0.2 µm; 124 frames of 6.8 ms from the peak to the newest frame; 61 ms from there to publication.
        let expected = """
            {"area_px":101,"area_um2":4.04,"assumed":[],"bbox":[20,300,31,312],"blank_origin":"outside","cell":2,"centroid_px":[25.12,305.5],\
            "centroid_um":[5.025,61.1],"confidence":0.8765,"config_sha256":null,"duration_ms":81.6,\
            "event_id":"b3b884f1d851-000012","event_type":"spark","flags":["edge_t0","truncated"],"frame_end":4661,\
            "frame_newest":4779,"frame_peak":4655,"frame_start":4650,"latency_ms":{"compute":61,"structural":843.2,"total":904.2},\
            "lead_ms":null,"message_num":1,"missing_frames":1,"model_sha256":"ab12","params":{"amplitude_counts":null,"amplitude_dff0":0.6123,"amplitude_error_dff0":null,\
            "auc_dff0_ms":null,"delay_ms":null,"event_mass_dff0_um3":null,"fd05_ms":null,"fdhm_ms":null,\
            "fwhm_x_um":null,"fwhm_y_um":null,"max_rise_rate_dff0_per_s":null,"raw_peak_dff0":null,"snr":null,\
            "t0_ms":null,"tau_decay_ms":null,"tau_rise_ms":null,"ttp_ms":null,"wave_direction_deg":null,\
            "wave_origin_x_um":null,"wave_origin_y_um":null,"wave_speed_centroid_um_per_s":null,\
            "wave_speed_line_scan_um_per_s":null,"wave_swept_area_um2":null},"reasons":{\
            "amplitude_counts":"no_baseline","amplitude_error_dff0":"no_baseline","auc_dff0_ms":"no_baseline","delay_ms":"no_baseline",\
            "event_mass_dff0_um3":"no_baseline","fd05_ms":"no_baseline","fdhm_ms":"no_baseline",\
            "fwhm_x_um":"no_baseline","fwhm_y_um":"no_baseline","max_rise_rate_dff0_per_s":"no_baseline",\
            "raw_peak_dff0":"no_baseline","snr":"no_baseline","t0_ms":"no_baseline","tau_decay_ms":"no_baseline",\
            "tau_rise_ms":"no_baseline","ttp_ms":"no_baseline","wave_direction_deg":"no_baseline",\
            "wave_origin_x_um":"no_baseline","wave_origin_y_um":"no_baseline",\
            "wave_speed_centroid_um_per_s":"no_baseline","wave_speed_line_scan_um_per_s":"no_baseline",\
            "wave_swept_area_um2":"no_baseline"},\
            "rev":1,"sample_number":4655,"sample_rate":147.0588,"series_id":"7f0c12ab-5d1e-4e0b-9a55-000000000001",\
            "site":7,"site_events":3,"source_node":"sparkwatch","state":"final","stream":"confocal-1","t_acq_ns":1763822907123456789,\
            "t_end_ms":31694.8,"t_peak_ms":31654,"t_pub_ns":1763822908027656789,"t_ready_ns":1763822907966656789,\
            "t_start_ms":31620,"topic":"event.spark.final","topic_num":1,"version":1,"voxels":640}
            """
        #expect(try text(EventSamples.message()) == expected)
    }

    @Test func aProvisionalEventTellsItsSpeedAndHowLongAfterItsOnsetItWasKnown() throws {
        let formatter = EventFormatter(context: EventSamples.context)
        let message = formatter.message(of: EventSamples.provisionalEvent(), timing: EventSamples.timing)
        #expect(message.topic == .waveProvisional)
        #expect(message.revision == 2 && message.eventID == "b3b884f1d851-000013")
        // 3.5 pixels of 0.2 µm in 6.8 ms; frames 4700 to 4779.
        #expect(message.parameters[EventFormatter.frontSpeed] == 102.9)
        #expect(message.parameters[EventFormatter.lowestFrontSpeed] == 82.4)
        #expect(message.parameters[EventFormatter.highestFrontSpeed] == 123.5)
        #expect(message.parameters[EventFormatter.frontDirection] == 1)
        #expect(message.parameters[EventFormatter.width] == 24)
        #expect(message.latency.structural == 537.2)
        #expect(message.parameters["amplitude_dff0"] == .some(nil))
        #expect(message.reasons == ["amplitude_dff0": "provisional"])
    }

    @Test func aFinalEventTellsHowLongBeforeItWasAnnounced() {
        let formatter = EventFormatter(context: EventSamples.context)
        let identity = EventIdentity(
            number: 9,
            revision: 3,
            announcement: EventIdentity.Announcement(eventClass: .wave, newestFrame: 4679)
        )
        let message = formatter.message(of: EventSamples.event(), identity: identity, timing: EventSamples.timing)
        #expect(message.eventID == "b3b884f1d851-000009" && message.revision == 3)
        #expect(message.leadMilliseconds == 680)
    }

    @Test func whatIsTakenBackSaysWhy() throws {
        let formatter = EventFormatter(context: EventSamples.context)
        let merged = formatter.message(of: EventSamples.retractedEvent(.puff, .merged(into: 12)), newestFrame: 4880)
        #expect(merged.topic == .puffRetracted)
        #expect(merged.mergedInto == "b3b884f1d851-000012" && merged.finalType == nil)
        let changed = formatter.message(
            of: EventSamples.retractedEvent(.spark, .reclassified(as: .wave)),
            newestFrame: 4880
        )
        #expect(changed.topic == .sparkRetracted)
        #expect(changed.finalType == "wave" && changed.mergedInto == nil)
    }

    @Test func parametersThatCannotBeGivenAreNullWithAReason() throws {
        let formatter = EventFormatter(context: EventSamples.context)
        let json = try text(formatter.message(of: EventSamples.event(amplitude: nil)))
        #expect(json.contains(#""amplitude_dff0":null,"#))
        #expect(json.contains(#""amplitude_dff0":"no_baseline","#))
        #expect(json.contains(#""latency_ms":{"compute":null,"structural":null,"total":null}"#))
        #expect(json.contains(#""t_acq_ns":null"#))
        let infinite = try text(formatter.message(of: EventSamples.event(amplitude: .infinity)))
        #expect(infinite.contains(#""amplitude_dff0":null,"#))
        #expect(infinite.contains(#""amplitude_dff0":"not_finite","#))
    }

    @Test func equalEventsAreEqualText() throws {
        let texts = try (0..<20).map { _ in try text(EventSamples.message()) }
        #expect(Set(texts).count == 1)
    }

    @Test(arguments: [
        (3, "b3b884f1d851-000003"), (999_999, "b3b884f1d851-999999"), (1_234_567, "b3b884f1d851-1234567"),
    ])
    func identifierIsSeriesAndNumber(number: Int, identifier: String) {
        #expect(EventSamples.context.eventID(number: number) == identifier)
    }

    private static func identifier(inSeries seriesID: String) -> String {
        SeriesContext(seriesID: seriesID, stream: "test", calibration: .published).eventID(number: 1)
    }

    /// The digits are those of `printf ab | sha256sum`.
    @Test func identifiersTellSeriesApartWhoseNamesBeginAlike() {
        #expect(Self.identifier(inSeries: "ab") == "fb8e20fc2e4c-000001")
        let identifiers = ["2026-11-24/a", "2026-11-24/b", ""].map { Self.identifier(inSeries: $0) }
        #expect(Set(identifiers).count == 3)
    }

    @Test func nonsensicalClocksDoNotTrap() throws {
        var message = EventSamples.message()
        message.readyNanoseconds = .min
        #expect(try text(message).contains(#""latency_ms":{"compute":null,"structural":843.2,"total":null}"#))
    }

    @Test func everyKindOfMessageReadsBackAsItWasWritten() throws {
        var sequencer = MessageSequencer()
        var topicNumbers: [Topic: Int] = [:]
        for (offset, message) in (EventSamples.everyKind + EventSamples.everyKind).enumerated() {
            let line = try sequencer.line(for: message, publication: publication)
            let entry = try JournalEntry(json: line.json)
            topicNumbers[message.topic, default: 0] += 1
            #expect(entry.stamp.messageNumber == offset + 1)
            #expect(entry.stamp.topicNumber == topicNumbers[message.topic])
            #expect(entry.stamp.topic == message.topic)
            #expect(entry.stamp.publishedNanoseconds == publication.nanoseconds)
            #expect(!line.json.contains(UInt8(ascii: "\n")))
            var completion = publication
            completion.lastTopicNumbers = sequencer.lastTopicNumbers
            completion.lastTopicNumbers[message.topic.rawValue]! -= 1
            func equals<Message: WireMessage>(_ read: any WireMessage, _ written: Message) -> Bool {
                read as? Message == written.completed(for: completion)
            }
            let content: any WireMessage =
                switch entry.content {
                case .event(let content): content
                case .retracted(let content): content
                case .triggerFired(let content): content
                case .triggerSuppressed(let content): content
                case .triggerAction(let content): content
                case .triggerOutcome(let content): content
                case .triggerArmed(let content): content
                case .seriesStart(let content): content
                case .seriesEnd(let content): content
                case .examination(let content): content
                case .gap(let content): content
                case .heartbeat(let content): content
                case .mark(let content): content
                case .regions(let content): content
                case .correction(let content): content
                case .movement(let content): content
                case .status(let content): content
                }
            let isEqual = equals(content, message)
            #expect(isEqual, "\(message.topic)")
        }
        #expect(Set(topicNumbers.keys) == Set(Topic.allCases))
    }

    @Test func heartbeatTellsTheLastNumberOfEveryTopicAndTheLosses() throws {
        var sequencer = MessageSequencer()
        for message in EventSamples.everyKind { _ = try sequencer.line(for: message, publication: publication) }
        var lossy = publication
        lossy.messagesLost = 4
        lossy.messagesNotJournaled = 2
        lossy.latency = LatencyPercentiles(p50Milliseconds: 901.26, p95Milliseconds: 950, p99Milliseconds: 1000)
        let line = try sequencer.line(for: EventSamples.heartbeat, publication: lossy)
        let json = try #require(try JSONSerialization.jsonObject(with: line.json) as? [String: Any])
        let last = try #require(json["last_topic_num"] as? [String: Int])
        #expect(last == Dictionary(uniqueKeysWithValues: Topic.allCases.map { ($0.rawValue, 1) }))
        #expect(json["messages_lost"] as? Int == 4)
        #expect(json["messages_not_journaled"] as? Int == 2)
        #expect(json["status"] as? Int == 1)
        #expect(json["latency_p50_ms"] as? Double == 901.3)
        #expect(json["latency_p99_ms"] as? Double == 1000)
        #expect(json["frames_received"] as? Int == 4780)
        #expect(json["refused"] as? [String: Int] == ["size": 2, "header": 1])
        let required = [
            "missing_source", "missing_transport", "overflow", "windows_done", "backlog_max_frames", "ring_fill",
            "lag_ms", "rtf",
            "latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "events", "isa", "device", "state", "series_id",
        ]
        #expect(Set(required).isSubset(of: json.keys))
    }

    @Test func numbersThatJSONCannotExpressUseUpNoMessageNumber() throws {
        var sequencer = MessageSequencer()
        var heartbeat = EventSamples.heartbeat
        heartbeat.counters.realTimeFactor = .infinity
        #expect(throws: EncodingError.self) { try sequencer.line(for: heartbeat, publication: publication) }
        #expect(sequencer.lastMessageNumber == 0)
        #expect(sequencer.lastTopicNumbers["hb"] == 0)
    }

    @Test func damagedTextIsRefusedWithoutATrap() throws {
        var random = SeededGenerator(seed: 17)
        var sequencer = MessageSequencer()
        let lines = try EventSamples.everyKind.map { try sequencer.line(for: $0, publication: publication).json }
        var refused = 0
        for _ in 0..<1500 {
            var bytes = [UInt8](lines.randomElement(using: &random)!)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            case 1: bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            default: bytes.insert(contentsOf: [0x7B, 0x22], at: Int.random(in: bytes.indices, using: &random))
            }
            if (try? JournalEntry(json: Data(bytes))) == nil { refused += 1 }
        }
        #expect(refused > 500)
    }
}
