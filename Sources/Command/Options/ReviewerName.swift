import ArgumentParser
import Foundation

/// Who corrects events.
enum ReviewerName {
    /// The user's name on this computer, as far as it can be a reviewer's.
    static var ofUser: String {
        let name = NSUserName().filter { $0.isLetter || $0.isNumber || "._-".contains($0) }
        return name.isEmpty || name.hasPrefix(".") ? "reviewer" : String(name.prefix(60))
    }

    /// - Throws: `ValidationError` for a name that could not be one of a folder.
    static func check(_ name: String?) throws {
        guard let name else { return }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789 ._-".unicodeScalars.contains($0)
        }
        guard (1...60).contains(name.count), isPlain, !name.hasPrefix("."), !name.hasPrefix(" ") else {
            throw ValidationError(
                "--reviewer is '\(name)'; use up to 60 letters, digits, spaces, dots and dashes, a letter or digit first."
            )
        }
    }
}
