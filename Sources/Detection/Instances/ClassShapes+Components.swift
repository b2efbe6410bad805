package import Imaging

extension ClassShapes {
    /// Those of a class mask without numbers of events: what hangs together is one.
    ///
    /// - Parameters:
    ///   - frames: In our numbers, `[frame][pixel]`.
    ///   - size: Of a frame.
    package init(ofFrames frames: [[UInt32]], size: FrameSize) {
        self.init(size: size)
        let shape = VolumeShape(frameCount: frames.count, size: size)
        var classes: [UInt8] = []
        classes.reserveCapacity(shape.voxelCount)
        for frame in frames { for label in frame { classes.append(UInt8(clamping: label)) } }
        var labels = [UInt32](repeating: 0, count: classes.count)
        for eventClass in [EventClass.wave, .puff] where classes.contains(eventClass.rawValue) {
            let components = ConnectedComponents(of: classes, equalTo: eventClass.rawValue, shape: shape)
            for (index, label) in components.labels.enumerated() where label > 0 { labels[index] = UInt32(label) }
        }
        for (index, frame) in frames.enumerated() {
            add(classes: frame[...], instances: labels[index * size.pixelCount..<(index + 1) * size.pixelCount])
        }
    }
}
