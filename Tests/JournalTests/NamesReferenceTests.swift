import Foundation
import Imaging
import Journal
import Samples
import TestSupport
import Testing
import Wire

/// The page of names lists what the code writes, with the units that the code has, and nothing else.
@Suite struct NamesReferenceTests {
    struct Entry: Equatable {
        var unit: String
        var places: Set<String>
    }

    /// The rows of the page's tables, by name.
    static func page() throws -> [String: Entry] {
        let path = PackagePaths.root.appending(path: "Documentation/reference/names.md")
        var entries: [String: Entry] = [:]
        for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") where line.hasPrefix("| `") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let names = fields[1].split(separator: ",").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
            for name in names {
                #expect(entries[name] == nil, "\(name) is listed twice")
                entries[name] = Entry(unit: fields[2], places: Set(fields[3].split(separator: " ").map(String.init)))
            }
        }
        return entries
    }

    private static func names(_ message: some Encodable) throws -> [String] {
        let object = try JSONSerialization.jsonObject(with: PlainJSON.encode(message)) as? [String: Any] ?? [:]
        let parameters = (object["params"] as? [String: Any] ?? [:]).keys
        let frequencies = (object["frequencies"] as? [String: [String: Any]] ?? [:]).values.flatMap(\.keys)
        return Array(object.keys) + Array(parameters) + frequencies
    }

    @Test func thePageListsWhatIsWrittenWithItsUnit() throws {
        var expected: [String: Entry] = [:]
        func add(_ name: String, _ unit: String?, _ place: String) {
            var entry = expected[name] ?? Entry(unit: unit ?? "", places: [])
            if let unit {
                #expect(entry.unit == unit || entry.unit.isEmpty, "\(name) has two units: \(entry.unit), \(unit)")
                entry.unit = unit
            }
            entry.places.insert(place)
            expected[name] = entry
        }
        for column in EventTable.columns { add(column.name, column.unit, "E") }
        for column in CellTable.columns { add(column.name, column.unit, "C") }
        for column in SiteTable.columns { add(column.name, column.unit, "S") }
        for column in RegionTable.columns { add(column.name, column.unit, "R") }
        for column in MovementTable.columns { add(column.name, column.unit, "M") }
        for name in try Self.names(EventSamples.message()) { add(name, nil, "J") }
        let activity = CellActivityMessage(EventSamples.cellActivity)
        for name in try Self.names(activity) { add(name, nil, "A") }
        let page = try Self.page()
        #expect(Set(page.keys).symmetricDifference(expected.keys) == [])
        for (name, entry) in expected {
            #expect(page[name]?.places == entry.places, "\(name) stands in \(entry.places.sorted())")
            if !entry.unit.isEmpty { #expect(page[name]?.unit == entry.unit, "\(name)") }
        }
    }

    /// A bare number tells its unit by the end of its name.
    @Test func aNameEndsWithItsUnit() throws {
        let endings = [
            "ms": "_ms", "ns": "_ns", "s": "_s", "px": "_px", "µm": "_um", "µm²": "_um2", "µm/s": "_um_per_s",
            "°": "_deg",
            "ΔF/F0": "_dff0", "ΔF/F0 ms": "_dff0_ms", "ΔF/F0 µm³": "_dff0_um3", "ΔF/F0 / s": "_dff0_per_s",
        ]
        for (name, entry) in try Self.page() {
            guard let ending = endings[entry.unit], name != "bbox" else { continue }
            #expect(name.hasSuffix(ending), "\(name) is in \(entry.unit)")
        }
    }
}
