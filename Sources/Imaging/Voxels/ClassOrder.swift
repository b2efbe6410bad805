/// Which number of a class mask stands for which class.
///
/// Masks of ours and of the published data have 1 spark, 2 wave, 3 puff, 4 undefined. Other programs number them otherwise:
/// one that follows the paper has 2 puff, 3 wave.
package struct ClassOrder: Sendable, Equatable, CustomStringConvertible {
    /// The classes of the numbers from 1 on.
    package let description: String
    /// Our number for each of theirs, background first.
    private let numbers: [UInt32]

    /// The order of our own masks.
    package static let own = ClassOrder(classes + [undefined])

    private static let classes: [(name: String, number: UInt8)] = EventClass.allCases.map { ($0.name, $0.rawValue) }
    private static let undefined = (name: "undefined", number: EventClass.undefined)

    /// Reads names of classes with commas between them, that of number 1 first, such as `spark,puff,wave`.
    ///
    /// What the names leave out of 1 to 4 is undefined.
    ///
    /// - Throws: ``Mistake`` if a class is missing, is there twice or is none.
    package init(_ text: String) throws(Mistake) {
        let names = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
        var order: [(name: String, number: UInt8)] = []
        for name in names {
            guard let item = (Self.classes + [Self.undefined]).first(where: { $0.name == name }),
                !order.contains(where: { $0.name == name })
            else { throw Mistake(text: text) }
            order.append(item)
        }
        guard Self.classes.allSatisfy({ item in order.contains { $0.name == item.name } }) else {
            throw Mistake(text: text)
        }
        if order.count == Self.classes.count { order.append(Self.undefined) }
        self.init(order)
    }

    private init(_ order: [(name: String, number: UInt8)]) {
        description = order.map(\.name).joined(separator: ",")
        numbers = [UInt32(EventClass.background)] + order.map { UInt32($0.number) }
    }

    /// Without what need not be said.
    package var shortDescription: String {
        let ending = ",\(Self.undefined.name)"
        return description.hasSuffix(ending) ? String(description.dropLast(ending.count)) : description
    }

    /// The same with puffs and waves the other way round.
    package var swapped: ClassOrder {
        let names = description.split(separator: ",").map { $0 == "puff" ? "wave" : $0 == "wave" ? "puff" : String($0) }
        return ClassOrder(names.compactMap { name in (Self.classes + [Self.undefined]).first { $0.name == name } })
    }

    /// Labels in our numbers; what is none of theirs stays as it is, to be refused by who reads it.
    package func own(_ labels: [UInt32]) -> [UInt32] {
        self == .own ? labels : labels.map { $0 < UInt32(numbers.count) ? numbers[Int($0)] : $0 }
    }

    /// A text that orders no classes.
    package struct Mistake: Error, CustomStringConvertible {
        let text: String

        package var description: String {
            "'\(text)' is no order of classes; name spark, wave and puff once each, that of number 1 first, such as "
                + "spark,puff,wave, and undefined where it has a number of its own"
        }
    }
}
