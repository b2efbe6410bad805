/// A part of the frame that somebody drew and named: what happens in it is counted, and rules may ask for it.
///
/// Places are in pixels of the camera from the upper left corner of the first pixel, so that the first pixel reaches from
/// 0 to 1 and has its centre at 0.5.
package struct DrawnRegion: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        package var y: Double
        package var x: Double

        package init(y: Double, x: Double) {
            self.y = y
            self.x = x
        }
    }

    package enum Outline: Sendable, Equatable {
        /// From the corner with the smaller numbers to the other one.
        case rectangle(Point, Point)
        /// Corners in their order; the last one is joined to the first. Where it crosses itself, what an odd number of
        /// lines surrounds is inside.
        case polygon([Point])
    }

    package let name: String
    package let outline: Outline

    package static let longestName = 40
    package static let mostCorners = 100
    /// Regions at a time.
    package static let mostRegions = 32
    /// No camera has a pixel beyond it.
    package static let largestPlace = 65_536.0

    /// - Parameters:
    ///   - name: Blanks around it are left out.
    ///   - outline: In pixels.
    /// - Throws: ``RegionError`` if the name or the outline cannot be.
    package init(name: String, outline: Outline) throws(RegionError) {
        guard let plain = Self.plainName(name) else { throw RegionError("the name of a region is \(Self.nameRule)") }
        self.name = plain
        self.outline = outline
        let corners = corners
        for place in corners.flatMap({ [$0.y, $0.x] }) where !(0...Self.largestPlace).contains(place) {
            throw RegionError(
                "region '\(plain)': \(place) is no place in a frame; use 0 to \(Int(Self.largestPlace)) pixels"
            )
        }
        switch outline {
        case .rectangle(let first, let last):
            guard first.y < last.y, first.x < last.x else {
                throw RegionError(
                    "region '\(plain)': the rectangle \([first.y, first.x, last.y, last.x]) holds nothing; use "
                        + "[y0, x0, y1, x1] with y0 < y1 and x0 < x1"
                )
            }
        case .polygon:
            guard (3...Self.mostCorners).contains(corners.count) else {
                throw RegionError(
                    "region '\(plain)': \(corners.count) corners; a polygon has 3 to \(Self.mostCorners)"
                )
            }
        }
    }

    /// A name without blanks around it; nil if nothing is left, it is too long, or it does not stay in a line.
    package static func plainName(_ name: String) -> String? {
        let scalars = name.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        let plain = scalars[first...last]
        let isPlain = plain.allSatisfy { scalar in
            ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        // By scalars, as a single character may have any number of them.
        return isPlain && plain.count <= longestName ? String(String.UnicodeScalarView(plain)) : nil
    }

    /// What a name may be, in words.
    package static let nameRule = "1 to \(longestName) characters without line breaks and control characters"

    /// In their order round the region.
    package var corners: [Point] {
        switch outline {
        case .rectangle(let first, let last):
            [first, Point(y: first.y, x: last.x), last, Point(y: last.y, x: first.x)]
        case .polygon(let corners): corners
        }
    }

    /// Whether a place lies inside; of two regions with a common border it lies in one.
    package func contains(y: Double, x: Double) -> Bool { !crossings(atRow: y).count { $0 > x }.isMultiple(of: 2) }

    /// Where the outline crosses a row, in no order.
    private func crossings(atRow y: Double) -> [Double] {
        let corners = corners
        return corners.indices.compactMap { index in
            let (corner, before) = (corners[index], corners[index == 0 ? corners.count - 1 : index - 1])
            guard (corner.y > y) != (before.y > y) else { return nil }
            return corner.x + (y - corner.y) / (before.y - corner.y) * (before.x - corner.x)
        }
    }

    /// Whether the centre of an event lies inside.
    ///
    /// - Parameters:
    ///   - row: In pixels from the centre of the first pixel, as `centroid_px` tells it.
    ///   - column: The same.
    /// - Returns: True if it does.
    package func contains(centroidRow row: Double, column: Double) -> Bool { contains(y: row + 0.5, x: column + 0.5) }

    /// Number of the frame's pixels whose centre lies inside.
    package func pixelCount(in size: FrameSize) -> Int {
        (0..<size.height).reduce(0) { sum, row in
            let crossings = crossings(atRow: Double(row) + 0.5).sorted()
            // The first column whose centre is not left of a place.
            func column(_ place: Double) -> Int { Int(min(max(0, (place - 0.5).rounded(.up)), Double(size.width))) }
            return stride(from: 0, to: crossings.count - 1, by: 2).reduce(sum) {
                $0 + column(crossings[$1 + 1]) - column(crossings[$1])
            }
        }
    }
}

/// Why a region cannot be, in words.
package struct RegionError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
