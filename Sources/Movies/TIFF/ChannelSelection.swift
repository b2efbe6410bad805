/// Which of several channels is a movie: the wanted one, or the first.
struct ChannelSelection {
    /// Counted from 0.
    let index: Int
    /// What a person should know; nil if there is one channel only.
    let remark: String?

    /// - Parameters:
    ///   - wanted: Name or number, counted from 1; nil for the first channel.
    ///   - count: Number of channels.
    ///   - names: Their names as far as they are known.
    ///   - path: Of the file.
    /// - Throws: ``TIFFError/noSuchChannel(path:wanted:available:)``.
    init(_ wanted: String?, count: Int, names: [String], path: String) throws(TIFFError) {
        let labels = (0..<count).map { names.indices.contains($0) && !names[$0].isEmpty ? names[$0] : "\($0 + 1)" }
        guard let wanted else {
            index = 0
            remark =
                count == 1
                ? nil
                : "the file holds \(count) channels (\(labels.joined(separator: ", "))): "
                    + "the first is taken; choose another with --channel"
            return
        }
        let byName = labels.firstIndex { $0.lowercased() == wanted.lowercased() }
        let byNumber = Int(wanted).flatMap { (1...max(1, count)).contains($0) ? $0 - 1 : nil }
        guard let index = byName ?? byNumber else {
            throw .noSuchChannel(path: path, wanted: wanted, available: labels)
        }
        self.index = index
        remark = count == 1 ? nil : "channel \(labels[index]) of \(count) is taken"
    }
}
