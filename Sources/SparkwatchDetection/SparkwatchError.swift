/// What was wrong, in words for the person who can mend it.
public struct SparkwatchError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
