package import Foundation

/// Regions in a file that people write (JSON5), and that a live run leaves behind.
///
///     { regions: [
///         { name: "left end", rectanglePx: [0, 0, 64, 120] },
///         { name: "nucleus", polygonPx: [[20, 200], [20, 240], [44, 220]] },
///     ] }
package struct RegionFile: Codable, Sendable, Equatable {
    package let regions: [DrawnRegion]

    private static let largestByteCount = 1 << 20

    package init(_ regions: [DrawnRegion]) { self.regions = regions }

    /// Reads and checks a file.
    ///
    /// - Throws: ``RegionError`` if it cannot be read or holds anything else than regions.
    package init(path: String) throws(RegionError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw RegionError("\(path) cannot be read: \(error.localizedDescription) Check the path.")
        }
        guard data.count <= Self.largestByteCount else {
            throw RegionError("\(path) has \(data.count) bytes; regions have at most 1 MiB. Is it the right file?")
        }
        do {
            self = try JSON5.decode(Self.self, from: data)
        } catch {
            throw RegionError(
                "\(path) does not hold regions: \(Self.reason(error)). Write { regions: [{ name: \"left end\", "
                    + "rectanglePx: [y0, x0, y1, x1] }, { name: \"nucleus\", polygonPx: [[y, x], ...] }] }."
            )
        }
    }

    /// The file's text; its numbers are those of the regions to the last digit.
    package var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case regions }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        regions = try container.decode([DrawnRegion].self, forKey: .regions)
        if let fault = Self.fault(of: regions) {
            throw DecodingError.dataCorruptedError(forKey: .regions, in: container, debugDescription: fault)
        }
    }

    /// What is wrong with regions beside each other; nil if nothing is.
    package static func fault(of regions: [DrawnRegion]) -> String? {
        guard regions.count <= DrawnRegion.mostRegions else {
            return "\(regions.count) regions; there are \(DrawnRegion.mostRegions) at most"
        }
        var names: Set<String> = []
        return regions.first { !names.insert($0.name).inserted }.map { "two regions are called '\($0.name)'" }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            context.debugDescription
        case DecodingError.keyNotFound(let key, _): "the key '\(key.stringValue)' is missing"
        default: "\(error)"
        }
    }
}

extension DrawnRegion: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case rectangle = "rectanglePx"
        case polygon = "polygonPx"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
        do throws(RegionError) {
            try self.init(
                name: (try? container.decode(String.self, forKey: .name)) ?? "",
                rectangle: try? container.decodeIfPresent([Double].self, forKey: .rectangle),
                polygon: try? container.decodeIfPresent([[Double]].self, forKey: .polygon)
            )
        } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.description)
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(rectangle, forKey: .rectangle)
        try container.encodeIfPresent(polygon, forKey: .polygon)
    }

    /// A region from the lists of numbers that files and messages hold: one of the two.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - rectangle: [y0, x0, y1, x1] in pixels.
    ///   - polygon: [y, x] of every corner.
    /// - Throws: ``RegionError`` for anything that is no region.
    package init(name: String, rectangle: [Double]?, polygon: [[Double]]?) throws(RegionError) {
        switch (rectangle, polygon) {
        case (let box?, nil) where box.count == 4:
            try self.init(name: name, outline: .rectangle(Point(y: box[0], x: box[1]), Point(y: box[2], x: box[3])))
        case (nil, let corners?) where corners.allSatisfy({ $0.count == 2 }):
            try self.init(name: name, outline: .polygon(corners.map { Point(y: $0[0], x: $0[1]) }))
        default:
            throw RegionError(
                "region '\(name)' needs a rectangle [y0, x0, y1, x1] or a polygon [[y, x], ...], and not both"
            )
        }
    }

    /// [y0, x0, y1, x1]; nil for a polygon.
    package var rectangle: [Double]? {
        guard case .rectangle(let first, let last) = outline else { return nil }
        return [first.y, first.x, last.y, last.x]
    }

    /// [y, x] of every corner; nil for a rectangle.
    package var polygon: [[Double]]? {
        guard case .polygon(let corners) = outline else { return nil }
        return corners.map { [$0.y, $0.x] }
    }
}
