package import Imaging

/// The published post-processing of a whole movie, from probabilities to numbered events.
///
/// The steps and their order are those of `quirks.md`, from Class mask to Numbering. ``InstanceBuilder`` gives
/// the same events slab by slab.
package enum BatchSegmentation {
    /// Segments a movie from the network's probabilities.
    ///
    /// - Parameters:
    ///   - probabilities: of every voxel, `[t][y][x]`.
    ///   - movie: normalised intensity, (counts - minimum) / (65535 - minimum), `[t][y][x]`.
    ///   - size: extent of one frame.
    /// - Returns: the segmentation and the Otsu threshold that the class mask was cut with.
    /// - Precondition: probabilities and movie hold the same whole number of frames.
    package static func run(
        probabilities: ClassProbabilities,
        movie: [Float],
        size: FrameSize
    ) -> (segmentation: Segmentation, otsuThreshold: Float) {
        let threshold = OtsuThreshold.threshold(of: probabilities.eventTotals)
        let mask = ClassMask(probabilities, threshold: threshold)
        return (segment(classes: mask.classes, movie: movie, size: size), threshold)
    }

    /// Finds the events of a class mask.
    ///
    /// - Parameters:
    ///   - classes: class of every voxel, `[t][y][x]`.
    ///   - movie: normalised intensity of every voxel.
    ///   - size: extent of one frame.
    /// - Returns: the numbered events and their peaks.
    /// - Precondition: both arrays hold the same whole number of frames.
    package static func segment(classes: [UInt8], movie: [Float], size: FrameSize) -> Segmentation {
        precondition(classes.count == movie.count && classes.count % size.pixelCount == 0, "whole frames are needed")
        let shape = VolumeShape(frameCount: classes.count / size.pixelCount, size: size)
        var segmentation = Segmentation(rawClasses: classes, frameCount: shape.frameCount, size: size)
        let sparks = SparkSegmentation(classes: classes, movie: movie, shape: shape)
        segmentation.add(sparks.labels, count: sparks.count, eventClass: .spark, shape: shape)
        segmentation.peaks = sparks.peaks
            .filter { segmentation.instances[shape.index(frame: $0.frame, y: $0.y, x: $0.x)] != 0 }
            .sorted { shape.index(frame: $0.frame, y: $0.y, x: $0.x) < shape.index(frame: $1.frame, y: $1.y, x: $1.x) }
        for eventClass in [EventClass.wave, .puff] {
            var components = ConnectedComponents(of: classes, equalTo: eventClass.rawValue, shape: shape)
            components.mergeGaps(shape: shape)
            segmentation.add(components.labels, count: components.count, eventClass: eventClass, shape: shape)
        }
        return segmentation
    }
}

extension Segmentation {
    /// Takes over the labels of one class that are large enough and numbers them on.
    fileprivate mutating func add(_ labels: [Int32], count: Int, eventClass: EventClass, shape: VolumeShape) {
        guard count > 0 else { return }
        var boxes = [BoundingBox?](repeating: nil, count: count)
        for index in labels.indices where labels[index] != 0 {
            let position = shape.position(index)
            let own = BoundingBox(frame: position.frame, row: position.y, columns: position.x...position.x)
            let label = Int(labels[index]) - 1
            if boxes[label] == nil { boxes[label] = own } else { boxes[label]?.formUnion(own) }
        }
        let minimum = MinimumExtent.published(for: eventClass)
        var numbers = [Int32](repeating: 0, count: count)
        for (label, box) in boxes.enumerated() {
            guard let box, minimum.admits(box) else { continue }
            instanceCount += 1
            numbers[label] = Int32(instanceCount)
        }
        for index in labels.indices where labels[index] != 0 {
            let number = numbers[Int(labels[index]) - 1]
            if number == 0 { continue }
            instances[index] = number
            classes[index] = eventClass.rawValue
        }
    }
}
