import Detection

/// When the latest frames were taken and arrived, in fixed memory.
struct FrameTimes {
    private static let capacity = 4096

    private var frames = [Int](repeating: -1, count: capacity)
    private var nanoseconds = [Int64](repeating: 0, count: capacity)
    /// Arrival of the newest frame since 1970, UTC, in ns; nil for a movie from file.
    private(set) var newestArrivalNanoseconds: Int64?

    mutating func record(_ stamp: FrameStamp) {
        newestArrivalNanoseconds = stamp.receiveNanoseconds
        let slot = Self.slot(of: stamp.index)
        frames[slot] = stamp.acquisitionNanoseconds == nil ? -1 : stamp.index
        nanoseconds[slot] = stamp.acquisitionNanoseconds ?? 0
    }

    /// Acquisition time of a frame since 1970, UTC, in ns; nil if the microscope gave none or it is long past.
    func acquisitionNanoseconds(ofFrame frame: Int) -> Int64? {
        let slot = Self.slot(of: frame)
        return frames[slot] == frame ? nanoseconds[slot] : nil
    }

    private static func slot(of frame: Int) -> Int { Int(UInt(bitPattern: frame) % UInt(capacity)) }
}
