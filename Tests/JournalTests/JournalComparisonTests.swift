import Foundation
import Journal
import Testing

@Suite("Comparison of journals")
struct JournalComparisonTests {
    /// A journal of series with so many events each, of which one may be changed.
    private func journal(
        _ eventCounts: [Int],
        names: String = "s",
        extra: String = "",
        changing number: Int? = nil,
        _ change: (inout [String: Any]) -> Void = { _ in }
    ) throws -> JournalledRun {
        var lines: [String] = []
        for (index, count) in eventCounts.enumerated() {
            lines.append("{\"topic\":\"series.start\",\"series_id\":\"\(names)\(index)\"}")
            for event in 1...count {
                var fields: [String: Any] = [
                    "topic": "event.spark.final", "state": "final", "series_id": "\(names)\(index)",
                    "event_id": "\(names)\(index)-00000\(event)", "message_num": Int.random(in: 0..<1000),
                    "t_pub_ns": Int.random(in: 0..<1000), "t_acq_ns": 1_767_323_045_000_000_001 + event,
                    "bbox": [1, 2, 3, event], "params": ["amplitude_dff0": 0.5, "fdhm_ms": NSNull()],
                    "latency_ms": ["structural": 850, "total": Int.random(in: 0..<1000)],
                ]
                if event == number { change(&fields) }
                lines.append(String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self))
            }
        }
        return JournalledRun(Data((lines.joined(separator: "\n") + "\n" + extra).utf8))
    }

    @Test("Names, numbers and times of day of a run make no difference")
    func equalRuns() throws {
        let comparison = JournalComparison(expected: try journal([3, 2]), found: try journal([3, 2], names: "t"))
        #expect(comparison.differences == [] && comparison.remarks == [])
        #expect(comparison.eventCount == 5 && comparison.seriesCount == 2)
        #expect(comparison.summary() == ["compared   5 events of 2 series: the same"])
    }

    @Test("Every field that differs is listed with both values, to the last nanosecond")
    func changedFields() throws {
        let expected = try journal([3])
        let found = try journal([3], changing: 2) { fields in
            fields["bbox"] = [1, 2, 3, 9]
            fields["t_acq_ns"] = 1_767_323_045_000_000_004
            fields["params"] = ["amplitude_dff0": 0.25, "fdhm_ms": NSNull(), "snr": 3]
        }
        #expect(
            JournalComparison(expected: expected, found: found).differences == [
                "series 1 event 2: bbox is [1, 2, 3, 9], was [1, 2, 3, 2]",
                "series 1 event 2: params.amplitude_dff0 is 0.25, was 0.5",
                "series 1 event 2: params.snr is 3, was absent",
                "series 1 event 2: t_acq_ns is 1767323045000000004, was 1767323045000000003",
            ]
        )
    }

    @Test("What an older version did not write is no difference, and is said")
    func olderVersions() throws {
        let old = try journal([2])
        let new = try journal([2], changing: 1) { fields in
            fields["site"] = 3
            fields["blank_origin"] = "outside"
        }
        let comparison = JournalComparison(expected: old, found: new)
        #expect(comparison.differences == [])
        #expect(
            comparison.remarks == [
                "the other run is of an older version: blank_origin, site are not compared"
            ]
        )
    }

    @Test("Events and series that only one run has are listed; overload is remarked on")
    func missingEvents() throws {
        let overload = "{\"topic\":\"gap\",\"origin\":\"detector\",\"series_id\":\"s0\"}\n{\"topic\":\"event.spa"
        let comparison = JournalComparison(
            expected: try journal([2, 3], extra: overload),
            found: try journal([3])
        )
        #expect(
            comparison.differences == [
                "series 1 event 3: only in the present run", "series 2 with 3 events: only in the other run",
            ]
        )
        #expect(comparison.eventCount == 6 && comparison.remarks.count == 1)
    }
}
