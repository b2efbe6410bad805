import Imaging

/// When the latest frames were taken and arrived, in fixed memory.
struct FrameTimes {
    private static let capacity = 4096

    private var stamps = [FrameStamp?](repeating: nil, count: capacity)

    mutating func record(_ stamp: FrameStamp) {
        stamps[Self.slot(of: stamp.index)] = stamp
    }

    /// Acquisition time of a frame since 1970, UTC, in ns; nil if the microscope gave none or it is long past.
    func acquisitionNanoseconds(ofFrame frame: Int) -> Int64? {
        stamp(ofFrame: frame)?.acquisitionNanoseconds
    }

    /// Arrival of a frame since 1970, UTC, in ns; nil for a movie from file, or if it is long past.
    func arrivalNanoseconds(ofFrame frame: Int) -> Int64? {
        stamp(ofFrame: frame)?.receiveNanoseconds.nonZero
    }

    private func stamp(ofFrame frame: Int) -> FrameStamp? {
        let stamp = stamps[Self.slot(of: frame)]
        return stamp?.index == frame ? stamp : nil
    }

    private static func slot(of frame: Int) -> Int { Int(UInt(bitPattern: frame) % UInt(capacity)) }
}

extension Int64 {
    fileprivate var nonZero: Int64? { self == 0 ? nil : self }
}
