import Foundation
package import Imaging

/// A visit of an event to the place where it arose.
package struct SiteVisit: Sendable, Equatable {
    /// Number of the place within the recording, from 1, in the order in which places were found.
    package var site: Int
    /// How many events the place has had by then, this one included: a place with two or more is a release site.
    package var eventCount: Int

    package init(site: Int, eventCount: Int) {
        self.site = site
        self.eventCount = eventCount
    }
}

/// Tells places at which sparks and puffs recur, event by event, in the order in which they become final.
///
/// An event belongs to the place whose mean is nearest, if that is within 1 µm, and moves the mean; otherwise it founds a
/// place of its own. Memory is fixed: of very many places those that were visited longest ago are forgotten.
package struct ReleaseSites {
    /// Distance from the mean of a place up to which an event belongs to it, in µm.
    package static let radiusMicrometres = 1.0

    private static let capacity = 8192

    private struct Site {
        let number: Int
        var eventCount: Int
        var row: Double
        var column: Double
        var lastVisit: Int
    }

    private let radiusPixels: Double
    private var sites: [Site] = []
    private var siteCount = 0
    private var visitCount = 0

    package init(calibration: Calibration) {
        radiusPixels = Self.radiusMicrometres / calibration.pixelSizeMicrometres
    }

    /// Says where an event arose; waves arise nowhere in particular.
    package mutating func note(_ event: inout CalciumEvent) {
        guard event.eventClass != .wave else { return }
        visitCount += 1
        func distance(_ site: Site) -> Double {
            hypot(site.row - event.centroidRow, site.column - event.centroidColumn)
        }
        let nearest = sites.indices.min { left, right in
            (distance(sites[left]), sites[left].number) < (distance(sites[right]), sites[right].number)
        }
        guard let nearest, distance(sites[nearest]) <= radiusPixels else {
            event.site = found(row: event.centroidRow, column: event.centroidColumn)
            return
        }
        sites[nearest].eventCount += 1
        let share = 1 / Double(sites[nearest].eventCount)
        sites[nearest].row += share * (event.centroidRow - sites[nearest].row)
        sites[nearest].column += share * (event.centroidColumn - sites[nearest].column)
        sites[nearest].lastVisit = visitCount
        event.site = SiteVisit(site: sites[nearest].number, eventCount: sites[nearest].eventCount)
    }

    private mutating func found(row: Double, column: Double) -> SiteVisit {
        siteCount += 1
        let site = Site(number: siteCount, eventCount: 1, row: row, column: column, lastVisit: visitCount)
        if sites.count < Self.capacity {
            sites.append(site)
        } else if let oldest = sites.indices.min(by: { sites[$0].lastVisit < sites[$1].lastVisit }) {
            sites[oldest] = site
        }
        return SiteVisit(site: siteCount, eventCount: 1)
    }
}
