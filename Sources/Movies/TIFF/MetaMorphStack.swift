import Foundation

/// What MetaMorph keeps of a stack (STK): one directory, whose tag 33629 counts the planes that follow each other.
struct MetaMorphStack {
    let planeCount: Int
    let frameIntervalMilliseconds: Double?
    let pixelSizeMicrometres: Double?

    private static let planesTag = 33629
    private static let settingsTag = 33628
    private static let mostPlanes = 1 << 24
    private static let bytesPerPlane = 24

    /// - Returns: Nil if the file is none.
    init?(_ file: borrowing PositionedFile) {
        var start = [UInt8](repeating: 0, count: 8)
        guard start.withUnsafeMutableBytes({ file.read(into: $0, at: 0) }) else { return nil }
        let reader = Words(isLittleEndian: start[0] == 0x49)
        guard reader.word(start, 2, byteCount: 2) == 42,
            let planes = reader.entry(Self.planesTag, directory: reader.word(start, 4), in: file),
            (1...Self.mostPlanes).contains(planes.count)
        else { return nil }
        planeCount = planes.count
        frameIntervalMilliseconds = Self.interval(planes, reader, in: file)
        pixelSizeMicrometres = reader.entry(Self.settingsTag, directory: reader.word(start, 4), in: file)
            .flatMap { Self.pixelSize($0, reader, in: file) }
    }

    /// The mean difference of the planes' times: these are whole milliseconds since midnight.
    private static func interval(_ planes: Words.Entry, _ words: Words, in file: borrowing PositionedFile) -> Double? {
        guard planes.count > 1,
            let first = words.words(6, at: planes.value, in: file),
            let last = words.words(6, at: planes.value + (planes.count - 1) * bytesPerPlane, in: file)
        else { return nil }
        let milliseconds = 86_400_000 * (last[2] - first[2]) + last[3] - first[3]
        return milliseconds > 0 ? Double(milliseconds) / Double(planes.count - 1) : nil
    }

    /// Settings 4 and 6: width of a pixel and its unit.
    private static func pixelSize(_ settings: Words.Entry, _ words: Words, in file: borrowing PositionedFile) -> Double?
    {
        var value: Double?
        var unit: String?
        for index in 0..<min(settings.count, 200) {
            guard let pair = words.words(2, at: settings.value + 8 * index, in: file) else { return nil }
            if pair[0] == 4, let ratio = words.words(2, at: pair[1], in: file), ratio[1] > 0 {
                value = Double(ratio[0]) / Double(ratio[1])
            }
            if pair[0] == 6, let length = words.words(1, at: pair[1], in: file)?.first, (1...64).contains(length) {
                var bytes = [UInt8](repeating: 0, count: length)
                guard bytes.withUnsafeMutableBytes({ file.read(into: $0, at: pair[1] + 4) }) else { continue }
                unit = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        guard let value, value > 0, let scale = RecordedUnits.micrometres(perUnit: unit ?? "um") else { return nil }
        return value * scale
    }
}

/// Whole numbers of 16 and 32 bits in a file of either byte order.
private struct Words {
    let isLittleEndian: Bool

    /// An entry of a directory: how many values, and their place or the value itself.
    struct Entry {
        let count: Int
        let value: Int
    }

    private static let mostEntries = 4096

    func word(_ bytes: [UInt8], _ offset: Int, byteCount: Int = 4) -> Int {
        let part = bytes[offset..<offset + byteCount]
        return (isLittleEndian ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
    }

    func words(_ count: Int, at offset: Int, in file: borrowing PositionedFile) -> [Int]? {
        var bytes = [UInt8](repeating: 0, count: 4 * count)
        guard offset >= 0, bytes.withUnsafeMutableBytes({ file.read(into: $0, at: offset) }) else { return nil }
        return (0..<count).map { word(bytes, 4 * $0) }
    }

    func entry(_ tag: Int, directory: Int, in file: borrowing PositionedFile) -> Entry? {
        var count = [UInt8](repeating: 0, count: 2)
        guard count.withUnsafeMutableBytes({ file.read(into: $0, at: directory) }) else { return nil }
        let entryCount = min(word(count, 0, byteCount: 2), Self.mostEntries)
        var bytes = [UInt8](repeating: 0, count: 12 * entryCount)
        guard bytes.withUnsafeMutableBytes({ file.read(into: $0, at: directory + 2) }) else { return nil }
        for index in 0..<entryCount where word(bytes, 12 * index, byteCount: 2) == tag {
            return Entry(count: word(bytes, 12 * index + 4), value: word(bytes, 12 * index + 8))
        }
        return nil
    }
}
