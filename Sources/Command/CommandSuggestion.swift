import ArgumentParser

/// What is said when the first argument is no command.
enum CommandSuggestion {
    /// - Returns: Nil if the first argument is a command or an option.
    static func text(for arguments: [String], of command: any ParsableCommand.Type) -> String? {
        let names = command.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard let first = arguments.first, !first.hasPrefix("-"), !names.contains(first) else { return nil }
        let nearest = names.min { distance($0, first) < distance($1, first) }
        let guess = nearest.flatMap { distance($0, first) <= max(2, first.count / 3) ? " Did you mean '\($0)'?" : nil }
        return "There is no command '\(first)'.\(guess ?? "") Commands: \(names.joined(separator: ", "))."
    }

    /// Letters to insert, remove or replace to make one word of the other.
    private static func distance(_ first: String, _ second: String) -> Int {
        let (first, second) = (Array(first.lowercased().prefix(40)), Array(second.lowercased().prefix(40)))
        var row = Array(0...second.count)
        for (index, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (place, other) in second.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(changed, diagonal + 1, row[place] + 1)
            }
        }
        return row[second.count]
    }
}
