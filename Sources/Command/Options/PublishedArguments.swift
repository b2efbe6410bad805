/// The arguments of a command without what only its user may know: their hash goes out with every event.
enum PublishedArguments {
    private static let secretOptions = ["--page-token"]

    /// Leaves out secret options with their values.
    ///
    /// - Parameter arguments: Command-line arguments, options as `--name value` or `--name=value`.
    /// - Returns: The others, in order.
    static func of(_ arguments: [String]) -> [String] {
        var published: [String] = []
        var isSecret = false
        for argument in arguments {
            defer { isSecret = secretOptions.contains(argument) }
            if isSecret || secretOptions.contains(where: { argument.hasPrefix("\($0)=") }) { continue }
            if !secretOptions.contains(argument) { published.append(argument) }
        }
        return published
    }
}
