import Foundation
import Imaging
import UNet

/// The pseudo line scan of a wave: arrival times along a path through the middle of the swept area.
///
/// Tiles are sorted into bins along the longest axis of the area. A bin has the median of its tiles' arrival times and
/// a place on the path, their mean position smoothed over neighbouring bins. Lines are fitted to runs of eleven bins;
/// the speed is that of the median slope, so that origin, collisions and pauses do not count.
struct WavePath {
    private static let binsPerLine = 11
    /// A line that is passed in less time, in frames, is reached everywhere at once.
    private static let shortestPassage = 0.5

    /// In pixels per frame; nil if the wave is faster than frames can tell.
    let speed: Double?

    init?(arrivals: [WaveTiles.Arrival], binWidth: Double) {
        let axis = Self.longestAxis(of: arrivals)
        let bins = Self.bins(arrivals, along: axis, width: binWidth)
        guard bins.count >= 4 else { return nil }
        let places = Self.places(bins)
        var distances = [0.0]
        for index in bins.indices.dropFirst() {
            let step = hypot(
                places[index].row - places[index - 1].row,
                places[index].column - places[index - 1].column
            )
            distances.append(distances[index - 1] + step)
        }
        let length = min(Self.binsPerLine, bins.count)
        let slopes = (0...bins.count - length).map { first in
            let range = first..<first + length
            return abs(Self.slope(distances[range], bins[range].map(\.time)[...]))
        }
        let middle = slopes.median ?? 0
        let passage = middle * Double(length - 1) * binWidth
        speed = passage >= Self.shortestPassage ? 1 / middle : nil
    }

    private struct Bin {
        var time: Double
        var row: Double
        var column: Double
    }

    /// Unit vector (row, column) along which the tiles spread most.
    private static func longestAxis(of arrivals: [WaveTiles.Arrival]) -> (row: Double, column: Double) {
        let count = Double(arrivals.count)
        let row = arrivals.reduce(0) { $0 + $1.row } / count
        let column = arrivals.reduce(0) { $0 + $1.column } / count
        var (rows, columns, both) = (0.0, 0.0, 0.0)
        for arrival in arrivals {
            rows += (arrival.row - row) * (arrival.row - row)
            columns += (arrival.column - column) * (arrival.column - column)
            both += (arrival.row - row) * (arrival.column - column)
        }
        let angle = 0.5 * atan2(2 * both, columns - rows)
        return (sin(angle), cos(angle))
    }

    private static func bins(
        _ arrivals: [WaveTiles.Arrival],
        along axis: (row: Double, column: Double),
        width: Double
    ) -> [Bin] {
        let groups = Dictionary(grouping: arrivals) { arrival in
            Int(saturating: ((arrival.row * axis.row + arrival.column * axis.column) / width).rounded(.down))
        }
        return groups.keys.sorted().map { key in
            let group = groups[key] ?? []
            return Bin(
                time: group.map(\.time).median ?? 0,
                row: group.reduce(0) { $0 + $1.row } / Double(group.count),
                column: group.reduce(0) { $0 + $1.column } / Double(group.count)
            )
        }
    }

    private static func places(_ bins: [Bin]) -> [(row: Double, column: Double)] {
        bins.indices.map { index in
            let reach = min(3, index, bins.count - 1 - index)
            let near = bins[index - reach...index + reach]
            let count = Double(near.count)
            return (near.reduce(0) { $0 + $1.row } / count, near.reduce(0) { $0 + $1.column } / count)
        }
    }

    /// Slope of the line of least squares.
    private static func slope(_ x: ArraySlice<Double>, _ y: ArraySlice<Double>) -> Double {
        let count = Double(x.count)
        let meanX = x.reduce(0, +) / count
        let meanY = y.reduce(0, +) / count
        var (square, product) = (0.0, 0.0)
        for (a, b) in zip(x, y) {
            square += (a - meanX) * (a - meanX)
            product += (a - meanX) * (b - meanY)
        }
        return square > 0 ? product / square : 0
    }
}
