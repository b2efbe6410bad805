/// Numbers over channels, time and space, in the order `[channel][t][y][x]`.
package struct FeatureMap: Sendable {
    package let channels: Int
    package let frames: Int
    package let height: Int
    package let width: Int
    package var values: [Float]

    /// A map full of zeros.
    package init(channels: Int, frames: Int, height: Int, width: Int) {
        self.channels = channels
        self.frames = frames
        self.height = height
        self.width = width
        values = Array(repeating: 0, count: channels * frames * height * width)
    }

    /// The last cells along time.
    func suffix(_ count: Int) -> FeatureMap {
        var result = FeatureMap(channels: channels, frames: count, height: height, width: width)
        let plane = height * width
        for channel in 0..<channels {
            let end = (channel + 1) * frames * plane
            result.values.replaceSubrange(
                channel * count * plane..<(channel + 1) * count * plane,
                with: values[end - count * plane..<end]
            )
        }
        return result
    }

    package subscript(channel: Int, t: Int, y: Int, x: Int) -> Float {
        get { values[index(channel, t, y, x)] }
        set { values[index(channel, t, y, x)] = newValue }
    }

    private func index(_ channel: Int, _ t: Int, _ y: Int, _ x: Int) -> Int {
        ((channel * frames + t) * height + y) * width + x
    }
}
