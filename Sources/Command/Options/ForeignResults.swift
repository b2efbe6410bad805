import Foundation

/// Results that another command, or a reviewer, has made under the same name: nobody replaces them without asking.
struct ForeignResults: Error, CustomStringConvertible {
    let description: String

    /// Who is about to write.
    enum Writer: String {
        case analyze
        case measure
    }

    /// - Parameters:
    ///   - writer: Who is about to write results.
    ///   - name: What the names of the results begin with.
    ///   - folder: Where they are going to be.
    /// - Throws: ``ForeignResults`` that names what would be lost.
    static func check(for writer: Writer, name: String, in folder: URL) throws(ForeignResults) {
        func path(_ ending: String) -> String { folder.appending(path: "\(name)_\(ending)").path }
        func isThere(_ ending: String) -> Bool { FileManager.default.fileExists(atPath: path(ending)) }
        let remedy = "choose another --output folder, or replace it with --overwrite"
        if isThere("reviewed.json") {
            throw Self(description: "\(path("events.csv")) is the outcome of a review; \(remedy)")
        }
        let isAnalysed = isThere("run.json") || isThere("events.json")
        switch writer {
        case .analyze where isCorrected(path("review.jsonl")):
            throw Self(
                description:
                    "\(path("review.jsonl")) holds corrections of the results that are there, and would not fit "
                    + "new ones; \(remedy)"
            )
        case .analyze where !isAnalysed && isThere("events.csv"):
            throw Self(description: "\(path("events.csv")) is there and is not by analyze; \(remedy)")
        case .measure where isAnalysed:
            throw Self(description: "\(path("events.csv")) is that of `sparkwatch analyze`; \(remedy)")
        case .analyze, .measure: break
        }
    }

    /// A review that somebody only looked at is an empty file.
    private static func isCorrected(_ path: String) -> Bool {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0) > 0
    }

    /// Takes away what would no longer belong to the table that `measure` is about to replace.
    static func removeAnalysis(of name: String, in folder: URL) {
        for ending in ["run.json", "events.json"] { unlink(folder.appending(path: "\(name)_\(ending)").path) }
    }
}
