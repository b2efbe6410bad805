package import Imaging

/// The regions that are drawn from now on, all of them.
package struct RegionsMessage: WireMessage {
    /// Who changed them.
    package enum Origin: String, Codable, Sendable {
        /// A file that was given at the start.
        case file
        /// Somebody at the live page.
        case page
    }

    /// A region as messages hold it: one of the two is null.
    package struct Region: Codable, Sendable, Equatable {
        package var name: String
        /// [y0, x0, y1, x1] in pixels from the upper left corner of the first one.
        @NullEncoded package var rectanglePixels: [Double]?
        /// [y, x] of every corner, the same.
        @NullEncoded package var polygonPixels: [[Double]]?

        enum CodingKeys: String, CodingKey {
            case name
            case rectanglePixels = "rectangle_px"
            case polygonPixels = "polygon_px"
        }
    }

    package var regions: [Region]
    package var origin: Origin

    package var topic: Topic { .regions }

    package init(_ regions: [DrawnRegion], origin: Origin) {
        self.regions = regions.map { region in
            Region(name: region.name, rectanglePixels: region.rectangle, polygonPixels: region.polygon)
        }
        self.origin = origin
    }

    enum CodingKeys: String, CodingKey {
        case regions, origin
    }

    /// The regions; those that a damaged journal makes impossible are left out.
    package var drawn: [DrawnRegion] {
        regions.compactMap { region in
            try? DrawnRegion(
                name: region.name,
                rectangle: region.rectanglePixels,
                polygon: region.polygonPixels
            )
        }
    }
}
