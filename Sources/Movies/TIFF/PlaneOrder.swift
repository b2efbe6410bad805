/// In which order the pages of a file run through channels, slices and times.
struct PlaneOrder: Equatable {
    enum Axis: Equatable {
        case channel, slice, time
        /// One that has a name, but none that says what it is.
        case other(Character)

        init(_ letter: Character) {
            self =
                switch letter {
                case "C": .channel
                case "Z": .slice
                case "T": .time
                default: .other(letter)
                }
        }
    }

    struct Extent: Equatable {
        var axis: Axis
        var count: Int
    }

    /// Axes of more than one plane, the slowest first; empty where nothing is said.
    private(set) var extents: [Extent] = []

    /// ImageJ shows at most 7 channels; programs that write more, and no other axis, have counted frames as channels.
    private static let mostChannels = 7

    init() {}

    /// - Parameter extents: The slowest axis first; those of one plane are left out.
    init(_ extents: [Extent]) {
        self.extents = extents.filter { $0.count > 1 }
        if self.extents.count == 1, self.extents[0].axis == .channel, self.extents[0].count > Self.mostChannels {
            self.extents[0].axis = .time
        }
        let hasTime = self.extents.contains { $0.axis == .time }
        let places = self.extents.indices.filter { self.extents[$0].axis != .channel }
        if !hasTime, places.count == 1 { self.extents[places[0]].axis = .time }
    }

    /// Number of planes that are promised; nil where nothing is said or the product is absurd.
    var planeCount: Int? {
        guard !extents.isEmpty else { return nil }
        return extents.reduce(1 as Int?) { product, extent in
            guard let product else { return nil }
            let (result, overflows) = product.multipliedReportingOverflow(by: extent.count)
            return overflows ? nil : result
        }
    }

    var channelCount: Int { extents.first { $0.axis == .channel }?.count ?? 1 }

    /// Refuses depth beside time, and axes beside time that nobody named.
    func checkIsMovie(path: String) throws(TIFFError) {
        let times = extents.first { $0.axis == .time }?.count ?? 1
        for extent in extents where extent.axis != .time && extent.axis != .channel {
            if extent.axis == .slice {
                throw .notGreyMovie(
                    path: path,
                    found: "\(extent.count) slices at each of \(times) times",
                    remedy: "save one slice, or a projection of all, over time"
                )
            }
            throw .notGreyMovie(
                path: path,
                found: "\(extent.count) planes along an axis without a known meaning at each of \(times) times",
                remedy: "save one of them over time, or name the axes (tifffile: metadata={'axes': 'TCYX'})"
            )
        }
    }

    /// The planes of a channel in the order of their times.
    ///
    /// - Parameters:
    ///   - channel: Counted from 0.
    ///   - planeCount: Number of planes that there are.
    /// - Returns: Indices of planes.
    /// - Complexity: O(times)
    func planes(ofChannel channel: Int, among planeCount: Int) -> [Int] {
        guard !extents.isEmpty else { return Array(0..<planeCount) }
        var stride = 1
        var strides: [Int] = []
        for extent in extents.reversed() {
            strides.insert(stride, at: 0)
            let (product, overflows) = stride.multipliedReportingOverflow(by: extent.count)
            stride = overflows ? .max : product
        }
        var (timeStride, timeCount, channelStride) = (stride, 1, 0)
        if let place = extents.firstIndex(where: { $0.axis == .time }) {
            (timeStride, timeCount) = (strides[place], extents[place].count)
            // More planes than promised are later times, if nothing else can come after.
            if place == 0 { timeCount = max(timeCount, planeCount / timeStride) }
        } else if timeStride <= planeCount {
            timeCount = planeCount / timeStride
        }
        if let place = extents.firstIndex(where: { $0.axis == .channel }) { channelStride = strides[place] }
        guard channel * channelStride < planeCount else { return [] }
        let last = (planeCount - 1 - channel * channelStride) / timeStride
        return (0..<min(timeCount, last + 1)).map { $0 * timeStride + channel * channelStride }
    }
}
