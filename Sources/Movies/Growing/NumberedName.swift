/// A file name taken apart into text and numbers, as in `img_000000012_Default_000.tif`.
package struct NumberedName: Equatable {
    /// The pieces between the numbers, one more than there are numbers.
    package let texts: [String]
    package let numbers: [Int]
    /// The digits as they are written.
    private let digits: [String]

    /// Longer runs of digits are no numbers of frames.
    private static let mostDigits = 15

    /// - Returns: Nil if the name holds no number.
    package init?(_ name: String) {
        var (texts, digits, run) = ([""], [String](), "")
        func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
        // The ending is no place for a number.
        let ending = name.lastIndex(of: ".") ?? name.endIndex
        for character in name[..<ending] {
            if isDigit(character) {
                run.append(character)
            } else {
                if !run.isEmpty {
                    digits.append(run)
                    texts.append("")
                    run = ""
                }
                texts[texts.count - 1].append(character)
            }
        }
        if !run.isEmpty {
            digits.append(run)
            texts.append("")
        }
        texts[texts.count - 1] += name[ending...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.count <= Self.mostDigits }) else { return nil }
        self.texts = texts
        self.digits = digits
        numbers = digits.compactMap { Int($0) }
    }

    /// The name with one of its numbers left open: the same for all frames of a series.
    package func pattern(without field: Int) -> String {
        var pattern = texts[0]
        for index in digits.indices { pattern += (index == field ? "#" : digits[index]) + texts[index + 1] }
        return pattern
    }
}

/// Which number in the names of single frames counts the frames.
package struct FrameNumbering: Equatable {
    /// Index among the numbers of a name.
    package let field: Int

    /// What programs write before the number of a time, the surest first.
    private static let words = ["time", "frame", "t", "img", "image"]

    /// Decides from the names of the first frames.
    ///
    /// The last number that differs among them counts; where there is one name, the one behind a word that says so, else
    /// the last.
    ///
    /// - Parameter names: At least one, all with the same texts.
    package init(_ names: [NumberedName]) {
        let first = names[0]
        let differing = first.numbers.indices.filter { field in
            names.contains { $0.numbers[field] != first.numbers[field] }
        }
        if let last = differing.last {
            field = last
            return
        }
        for word in Self.words {
            let place = first.numbers.indices.last { field in
                first.texts[field].lowercased().split { !$0.isLetter }.last.map(String.init) == word
                    && first.texts[field].last.map { $0.isLetter || $0 == "_" || $0 == "-" || $0 == " " } == true
            }
            if let place {
                field = place
                return
            }
        }
        field = first.numbers.count - 1
    }
}

/// Which files go on where one ends: the names that programs give them.
package struct RotatedNames {
    private let name: String
    private let own: NumberedName?
    private let stem: String
    private let ending: String

    /// - Parameter name: Of the first file.
    package init(_ name: String) {
        self.name = name
        own = NumberedName(name)
        let lowered = name.lowercased()
        let known = [".ome.tif", ".ome.tiff", ".tif", ".tiff", ".btf", ".tf8"].first { lowered.hasSuffix($0) } ?? ""
        ending = String(name.suffix(known.count))
        stem = String(name.dropLast(known.count))
    }

    /// The place of a file among those that go on: 0 for the first, the number in its name for others; nil for one that
    /// does not belong to them.
    package func place(of other: String) -> Int? {
        if other == name { return 0 }
        if other.hasPrefix(stem), other.hasSuffix(ending), other.count > stem.count + ending.count {
            let middle = other.dropFirst(stem.count).dropLast(ending.count)
            let digits = middle.drop { "-_. ".contains($0) }
            let isNumber = digits.allSatisfy { ("0"..."9").contains($0) } && (1...9).contains(digits.count)
            if isNumber, middle.count - digits.count <= 1, middle.count > digits.count { return Int(digits) }
        }
        guard let own, let next = NumberedName(other), let last = own.numbers.last, let number = next.numbers.last,
            next.texts == own.texts, next.numbers.dropLast() == own.numbers.dropLast(), number > last
        else { return nil }
        return number - last
    }
}
