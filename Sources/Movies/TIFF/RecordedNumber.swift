/// Numbers as programs write them, also in countries where a comma goes before the decimals.
enum RecordedNumber {
    /// The number; nil if it is none, or not finite.
    static func double(_ text: some StringProtocol) -> Double? {
        let trimmed = text.trimming { $0.isWhitespace }
        let isWithComma = !trimmed.contains(".") && trimmed.count { $0 == "," } == 1
        guard let value = Double(isWithComma ? trimmed.replacing(",", with: ".") : trimmed), value.isFinite else {
            return nil
        }
        return value
    }

    /// The number if it is above 0.
    static func positive(_ text: (some StringProtocol)?) -> Double? {
        text.flatMap { double($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}

extension StringProtocol {
    /// Without what is meant at both ends.
    func trimming(where isMeant: (Character) -> Bool) -> String {
        var part = Substring(self).drop(while: isMeant)
        while let last = part.last, isMeant(last) { part.removeLast() }
        return String(part)
    }
}
