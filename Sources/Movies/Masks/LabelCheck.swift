package import Imaging

/// Looks for labels that cannot be, frame by frame: values that are no class, events of two classes, and events that are
/// in one of the two movies only.
package struct LabelCheck: Sendable {
    private let paths: LabelPaths
    private let width: Int
    private var classes: [UInt32: UInt32] = [:]

    /// - Parameters:
    ///   - paths: Where the labels are from.
    ///   - size: Of a frame.
    package init(_ paths: LabelPaths, size: FrameSize) {
        self.paths = paths
        width = size.width
    }

    /// Looks at the next frame.
    ///
    /// - Precondition: As many classes as instances.
    /// - Throws: ``LabelError`` that names the first label that cannot be.
    package mutating func take(classes frameClasses: [UInt32], instances: [UInt32], frame: Int) throws(LabelError) {
        precondition(frameClasses.count == instances.count, "a class and a number for every pixel")
        // Most pixels are like the one before.
        var (lastClass, lastNumber): (UInt32, UInt32) = (0, 0)
        for pixel in frameClasses.indices {
            let (label, number) = (frameClasses[pixel], instances[pixel])
            if label == lastClass && number == lastNumber { continue }
            (lastClass, lastNumber) = (label, number)
            if label == 0 && number == 0 { continue }
            let place = LabelError.Place(frame: frame, y: pixel / width, x: pixel % width)
            guard label <= UInt32(EventClass.undefined) else {
                throw .noClass(path: paths.classes, place: place, value: label)
            }
            if number == 0 {
                // What is undefined need not be an event.
                guard label == UInt32(EventClass.undefined) else {
                    throw .withoutNumber(paths, place: place, label: label)
                }
                continue
            }
            guard label != 0 else { throw .withoutClass(paths, place: place, number: number) }
            let known = classes.updateValue(label, forKey: number) ?? label
            guard known == label else {
                throw .twoClasses(paths, place: place, number: number, classes: (known, label))
            }
        }
    }
}

/// The two label movies of a recording: classes of voxels, and numbers of their events.
package struct LabelPaths: Sendable, Equatable {
    package let classes: String
    package let instances: String

    package init(classes: String, instances: String) {
        self.classes = classes
        self.instances = instances
    }
}

/// Labels that cannot be.
package enum LabelError: Error, CustomStringConvertible {
    /// Where the first such voxel is.
    package struct Place: Sendable, Equatable {
        package let frame: Int
        package let y: Int
        package let x: Int

        var text: String { "frame \(frame), row \(y), column \(x)" }
    }

    case noClass(path: String, place: Place, value: UInt32)
    case twoClasses(LabelPaths, place: Place, number: UInt32, classes: (UInt32, UInt32))
    case withoutClass(LabelPaths, place: Place, number: UInt32)
    case withoutNumber(LabelPaths, place: Place, label: UInt32)
    case otherExtent(path: String, found: String, expected: String)

    package var description: String {
        switch self {
        case .otherExtent(let path, let found, let expected):
            "\(path) has \(found), the movie \(expected); labels have to be of the same movie"
        case .noClass(let path, let place, let value):
            "\(path): class \(value) at \(place.text); classes are 0 background, 1 spark, 2 wave, 3 puff, 4 undefined"
        case .twoClasses(let paths, let place, let number, let classes):
            "\(paths.instances): event \(number) has class \(classes.0) and, at \(place.text), class \(classes.1) in "
                + "\(paths.classes); give all its voxels one class, or the parts two numbers"
        case .withoutClass(let paths, let place, let number):
            "\(paths.instances): event \(number) at \(place.text) has no class in \(paths.classes); an event is there or "
                + "deleted in both, so set its class or take its number away"
        case .withoutNumber(let paths, let place, let label):
            "\(paths.classes): class \(label) at \(place.text) belongs to no event in \(paths.instances); an event is "
                + "there or deleted in both, so give it a number or take its class away"
        }
    }
}
